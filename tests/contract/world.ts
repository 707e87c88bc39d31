import type { Content, ConversationKind, LogEvent, MemberRole } from '#parley/shared/model.ts'
import type { RejectCode } from '#parley/shared/protocol/index.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import type { AppendResult, HistoryRequest, HistoryResult, LogChange, Store } from '#parley/server/chat/ports.ts'
import { foldText } from '#parley/shared/fold.ts'

export type AnyStore = Store & AccountStore

/** Opens an empty store for one test. */
export type OpenStore = () => Promise<AnyStore>

/** The n-th cid; the same n is the same cid. */
export const cid = (n: number): string => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`

export const text = (value: string): Content => ({ type: 'text', text: value })

/** Disables a user or changes a role; where that is the last admin, somebody else is made one first. */
export async function changeUser(store: AnyStore, id: string, change: { disabled?: boolean, role?: 'admin' | 'member' }): Promise<void> {
  if (await store.changeUser(id, change, []) !== 'last_admin') return
  await store.createUser({ id: 'deputy', username: 'deputy', usernameKey: 'deputy', displayName: 'deputy', passwordHash: 'hash', at: 1, mayBeFirst: false, role: 'admin' })
  await store.changeUser(id, change, [])
}

export const people = ['alice', 'bob', 'carol', 'dave'] as const

/** Short ways to act on a store; each op gets the next cid and the next millisecond. */
export class World {
  readonly store: AnyStore
  #cids = 0
  now = 1_000

  constructor(store: AnyStore) {
    this.store = store
  }

  async user(id: string, displayName = id, username = id): Promise<void> {
    const made = await this.store.createUser({
      id, username, usernameKey: foldText(username), displayName, passwordHash: 'hash', at: 1, mayBeFirst: true,
    })
    if (!made.ok) throw new Error(made.code)
  }

  async conversation(id: string, members: string[], kind: ConversationKind = 'group', title = id): Promise<void> {
    await this.store.createConversation({ id, kind, title, members, at: this.now })
  }

  append(conversation: string, actor: string, change: LogChange, extra: { cid?: string, recallLimit?: number, at?: number } = {}): Promise<AppendResult> {
    return this.store.append({ conversation, actor, change, cid: extra.cid ?? this.nextCid(), at: extra.at ?? ++this.now, ...(extra.recallLimit === undefined ? {} : { recallLimit: extra.recallLimit }) })
  }

  nextCid(): string {
    return cid(0xA00000 + ++this.#cids)
  }

  /** Appends what must be accepted. */
  async commit(conversation: string, actor: string, change: LogChange, extra: { cid?: string } = {}): Promise<LogEvent> {
    const result = await this.append(conversation, actor, change, extra)
    if (!result.ok) throw new Error(`refused: ${result.code} ${result.message}`)
    return result.event
  }

  say = (conversation: string, actor: string, words: string, replyTo?: number): Promise<LogEvent> =>
    this.commit(conversation, actor, { kind: 'message', content: text(words), ...(replyTo === undefined ? {} : { replyTo }) })

  edit = (conversation: string, actor: string, target: number, words: string): Promise<LogEvent> =>
    this.commit(conversation, actor, { kind: 'edit', target, content: text(words) })

  remove = (conversation: string, actor: string, target: number): Promise<LogEvent> => this.commit(conversation, actor, { kind: 'delete', target })

  react = (conversation: string, actor: string, target: number, emoji: string, on = true): Promise<LogEvent> =>
    this.commit(conversation, actor, { kind: 'reaction', target, emoji, on })

  join = (conversation: string, actor: string, user: string, role?: MemberRole): Promise<LogEvent> =>
    this.commit(conversation, actor, { kind: 'member', user, change: 'join', ...(role ? { role } : {}) })

  leave = (conversation: string, actor: string, user = actor): Promise<LogEvent> => this.commit(conversation, actor, { kind: 'member', user, change: 'leave' })

  async refusal(conversation: string, actor: string, change: LogChange, extra: { cid?: string, recallLimit?: number, at?: number } = {}): Promise<RejectCode | 'accepted'> {
    const result = await this.append(conversation, actor, change, extra)
    return result.ok ? 'accepted' : result.code
  }

  /** A page of history, out of its JSON. */
  async history(request: HistoryRequest): Promise<HistoryResult | undefined> {
    const text = await this.store.history(request)
    return text === undefined ? undefined : JSON.parse(text) as HistoryResult
  }

  /** The whole log. */
  log(conversation: string): Promise<LogEvent[]> {
    return this.store.range(conversation, 1, 1_000_000, 1_000_000)
  }

  async messages(conversation: string) {
    return (await this.history({ conversation, limit: 200 }))?.messages ?? []
  }
}

/** Alice (owner), Bob and Carol in the group «room»; Dave outside of it. */
export async function createWorld(open: OpenStore): Promise<World> {
  const world = new World(await open())
  for (const id of people) await world.user(id)
  await world.conversation('room', ['alice', 'bob', 'carol'])
  return world
}
