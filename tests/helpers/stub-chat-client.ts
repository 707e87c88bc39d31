import { makeCid } from '#parley/shared/cid.ts'
import type { Account, Content, ConversationSummary, Message, UserSummary } from '#parley/shared/model.ts'
import type { Change, ChatClient, ConnectionState, ConversationView, Draft, DraftFile, MessageRow, Row, TimelineSnapshot, UploadView } from '#parley/client/types.ts'

/** The world that a stub client shows; every part may be given, the rest is empty. */
export interface StubWorld {
  account?: Account
  users?: readonly UserSummary[]
  conversations?: readonly ConversationSummary[]
  messages?: Record<string, readonly Message[]>
  state?: ConnectionState
  /** Counts up by one minute per own message. */
  now?: number
}

/** A ChatClient in memory, for components and stores: the interface's behaviour without any network, storage or time. */
export interface StubChatClient extends ChatClient {
  /** What was called, in order: `['send', conversation, content]` and so on. */
  readonly calls: readonly (readonly unknown[])[]
  /** What `uploadOf` answers, by cid. */
  readonly uploads: Map<string, UploadView>
  setState(state: ConnectionState): void
  /** Emits any change, as the core would. */
  emit(change: Change): void
  /** The server acknowledges the oldest queued row of a conversation. */
  acknowledge(cid: string): void
  /** The server rejects. */
  reject(cid: string, code: NonNullable<MessageRow['failure']>): void
  /** Someone else's message arrives. */
  receive(conversation: string, sender: string, text: string): void
  /** Replaces fields of a conversation in the list. */
  patch(conversation: string, change: Partial<ConversationView>): void
}

export const stubAccount: Account = { id: 'u-chen', username: 'chen', displayName: '陈 Chen', role: 'member' }

export function summary(id: string, change: Partial<ConversationSummary> = {}): ConversationSummary {
  return {
    id, kind: 'group', title: id, members: [], memberCount: 2, head: 0, readSeq: 0, unread: 0, mentions: 0, role: 'member', notify: 'all', pinned: false,
    hidden: false, createdAt: 0, ...change,
  }
}

const toRow = (message: Message, account: string): MessageRow => ({ ...message, kind: 'message', mine: message.sender === account, ...(message.sender === account ? { state: 'sent' as const } : {}) })

export function createStubChatClient(world: StubWorld = {}): StubChatClient {
  const account = world.account ?? stubAccount
  const listeners = new Set<(change: Change) => void>()
  const calls: unknown[][] = []
  const users = new Map<string, UserSummary>([[account.id, account], ...(world.users ?? []).map((user): [string, UserSummary] => [user.id, user])])
  const summaries = new Map<string, ConversationView>()
  const rows = new Map<string, Row[]>()
  const drafts = new Map<string, Draft>()
  const draftFiles = new Map<string, readonly DraftFile[]>()
  const uploads = new Map<string, UploadView>()
  let state: ConnectionState = world.state ?? { name: 'idle' }
  let now = world.now ?? 1_790_000_000_000
  let generation = 0
  let made = 0

  const emit = (change: Change) => {
    for (const listener of [...listeners]) listener(change)
  }
  const nextCid = () => makeCid(new Uint8Array(16).fill(++made), now)

  for (const conversation of world.conversations ?? []) {
    rows.set(conversation.id, (world.messages?.[conversation.id] ?? []).map(message => toRow(message, account.id)))
    summaries.set(conversation.id, viewOf(conversation))
  }

  function viewOf(conversation: ConversationSummary): ConversationView {
    const own = rows.get(conversation.id) ?? []
    const last = own.findLast(row => row.kind === 'message')
    const other = conversation.members.find(member => member.user.id !== account.id)?.user
    const label = conversation.title !== '' ? conversation.title : (other ?? account).displayName
    return { ...conversation, label, activeAt: last?.at ?? conversation.createdAt, last, failed: own.some(row => row.kind === 'message' && row.state === 'failed'), draft: drafts.get(conversation.id)?.text }
  }

  function changed(conversation: string): void {
    const before = summaries.get(conversation)
    if (before !== undefined) summaries.set(conversation, viewOf(before))
    emit({ type: 'timeline', conversation })
    emit({ type: 'conversations' })
  }

  const pending = () => [...rows.values()].flat().filter(row => row.kind === 'message' && (row.state === 'queued' || row.state === 'sending')).length

  function replace(cid: string, change: (row: MessageRow) => MessageRow | undefined): void {
    for (const [conversation, own] of rows) {
      const row = own.find(candidate => candidate.cid === cid)
      if (row?.kind !== 'message') continue
      const next = change(row)
      rows.set(conversation, next === undefined ? own.filter(other => other !== row) : own.map(other => other === row ? next : other))
      changed(conversation)
      emit({ type: 'pending', count: pending() })
    }
  }

  function snapshot(conversation: string): TimelineSnapshot {
    const own = rows.get(conversation)
    const empty = own === undefined ? 'missing' : own.length === 0 ? 'empty' : 'ready'
    return { conversation, rows: own ?? [], status: empty, hasOlder: false, hasNewer: false, loadingOlder: false, loadingNewer: false, generation }
  }

  function op(name: string, ...details: unknown[]): { cid: string, stored: Promise<void> } {
    calls.push([name, ...details])
    return { cid: nextCid(), stored: Promise.resolve() }
  }

  return {
    account,
    calls,
    uploads,
    ready: () => Promise.resolve(),
    start() {
      calls.push(['start'])
      if (state.name !== 'online') this.setState({ name: 'connecting', attempt: 0 })
    },
    stop() {
      calls.push(['stop'])
      this.setState({ name: 'closed', reason: 'stopped' })
    },
    retryNow: () => calls.push(['retryNow']),
    erase: () => {
      calls.push(['erase'])
      return Promise.resolve()
    },
    dispose: () => {
      calls.push(['dispose'])
      listeners.clear()
    },
    connection: () => state,
    pending,
    limits: () => ({}),
    conversations: () => [...summaries.values()],
    conversation: id => summaries.get(id),
    user: id => users.get(id),
    typing: () => [],
    presence: id => ({ state: [...summaries.values()].flatMap(view => view.members).find(member => member.user.id === id)?.state ?? 'offline' }),
    timeline: snapshot,
    open: conversation => calls.push(['open', conversation]),
    setAtEnd: (conversation, atEnd) => calls.push(['setAtEnd', conversation, atEnd]),
    loadOlder: async conversation => void calls.push(['loadOlder', conversation]),
    loadNewer: async conversation => void calls.push(['loadNewer', conversation]),
    jumpTo: async (conversation, seq) => void calls.push(['jumpTo', conversation, seq]),
    jumpToPresent: async (conversation) => {
      calls.push(['jumpToPresent', conversation])
      generation++
    },
    refresh: async () => void calls.push(['refresh']),
    send(conversation: string, content: Content, options) {
      const made = op('send', conversation, content, options)
      now += 60_000
      const row: MessageRow = { kind: 'message', cid: made.cid, sender: account.id, mine: true, at: now, content, replyTo: options?.replyTo, reactions: [], state: state.name === 'online' ? 'sending' : 'queued' }
      rows.set(conversation, [...rows.get(conversation) ?? [], row])
      changed(conversation)
      emit({ type: 'pending', count: pending() })
      return made
    },
    upload(conversation, file, options) {
      calls.push(['upload', conversation, file, options])
      return { cid: nextCid(), stored: Promise.resolve() }
    },
    uploadOf: cid => uploads.get(cid),
    edit: (conversation, target, content) => op('edit', conversation, target, content),
    remove: (conversation, target) => op('remove', conversation, target),
    react: (conversation, target, emoji, on) => op('react', conversation, target, emoji, on),
    retry(cid) {
      calls.push(['retry', cid])
      replace(cid, row => ({ ...row, state: 'queued', failure: undefined }))
    },
    discard(cid) {
      calls.push(['discard', cid])
      replace(cid, () => undefined)
    },
    draft: conversation => drafts.get(conversation),
    saveDraft(conversation, draft) {
      if (draft === undefined) drafts.delete(conversation)
      else drafts.set(conversation, draft)
      changed(conversation)
      emit({ type: 'draft', conversation })
    },
    draftFiles: conversation => draftFiles.get(conversation) ?? [],
    draftTray: async () => ({
      add(conversation, { file, name, kind }) {
        const cid = nextCid()
        draftFiles.set(conversation, [...draftFiles.get(conversation) ?? [], { cid, file, name, kind, kept: 'yes' }])
        emit({ type: 'draft', conversation })
        return cid
      },
      remove(cid) {
        for (const [conversation, files] of draftFiles) {
          draftFiles.set(conversation, files.filter(file => file.cid !== cid))
          emit({ type: 'draft', conversation })
        }
      },
      describe: (cid, alt) => void calls.push(['describeDraftFile', cid, alt]),
      async send(conversation, files, options) {
        calls.push(['sendDraftFiles', conversation, files.map(({ cid }) => cid), options])
        draftFiles.delete(conversation)
        drafts.delete(conversation)
        emit({ type: 'draft', conversation })
      },
    }),
    markRead: (conversation, seq) => calls.push(['markRead', conversation, seq]),
    setTyping: (conversation, on) => calls.push(['setTyping', conversation, on]),
    setActive: active => calls.push(['setActive', active]),
    on(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    setState(next) {
      state = next
      emit({ type: 'connection', state })
    },
    emit,
    acknowledge: cid => replace(cid, row => ({ ...row, state: 'sent', seq: (row.seq ?? 1_000 + made) })),
    reject: (cid, code) => replace(cid, row => ({ ...row, state: 'failed', failure: code })),
    receive(conversation, sender, text) {
      now += 60_000
      const own = rows.get(conversation) ?? []
      const row: MessageRow = { kind: 'message', cid: nextCid(), seq: 1_000 + made, sender, mine: false, at: now, content: { type: 'text', text }, reactions: [] }
      rows.set(conversation, [...own, row])
      changed(conversation)
      emit({ type: 'message', conversation, row, live: true })
    },
    patch(conversation, change) {
      const before = summaries.get(conversation)
      if (before !== undefined) summaries.set(conversation, { ...before, ...change })
      emit({ type: 'conversations' })
    },
  }
}
