import type { ChatHttp, ClientSocket, SocketHandlers, TicketAnswer } from '#parley/client/environment.ts'
import type { HistoryResponse } from '#parley/shared/http.ts'
import type { Content, ConversationSummary, LogEvent, MemberEvent, Message, MetaEvent } from '#parley/shared/model.ts'
import { decodeClientMessage, encodeFrame } from '#parley/shared/protocol/index.ts'
import type { ClientFrame, Heads, Op, PageFrame, ServerFrame, SyncFrame } from '#parley/shared/protocol/index.ts'

export const me = { id: 'me', username: 'me', displayName: 'Me', role: 'member' as const }
export const text = (body: string): Content => ({ type: 'text', text: body })

/** The server's end of one socket, worked by the test. */
export class ServerEnd {
  readonly url: string
  readonly protocols: string[]
  /** Messages of the client, as sent. */
  readonly messages: string[] = []
  ended: { by: 'client' | 'server', code: number } | undefined
  readonly #handlers: SocketHandlers

  constructor(url: string, protocols: string[], handlers: SocketHandlers) {
    this.url = url
    this.protocols = protocols
    this.#handlers = handlers
  }

  get frames(): ClientFrame[] {
    return this.messages.flatMap(message => decodeClientMessage(message)).flatMap((incoming): ClientFrame[] => {
      if (incoming.kind === 'op') return [incoming.op]
      return incoming.kind === 'control' ? [incoming.frame] : []
    })
  }

  get ops(): Op[] {
    return this.frames.filter((frame): frame is Op => frame.type === 'send' || frame.type === 'edit' || frame.type === 'delete' || frame.type === 'react')
  }

  of<T extends ClientFrame['type']>(type: T): Extract<ClientFrame, { type: T }>[] {
    return this.frames.filter((frame): frame is Extract<ClientFrame, { type: T }> => frame.type === type)
  }

  open(): void {
    this.#handlers.open()
  }

  /** Delivers frames even after the client let go: that is what a late event is (R11). */
  push(...frames: ServerFrame[]): void {
    this.#handlers.message(frames.length === 1 ? encodeFrame(frames[0]!) : `[${frames.map(encodeFrame).join(',')}]`)
  }

  raw(message: string): void {
    this.#handlers.message(message)
  }

  drop(code = 1006): void {
    this.ended ??= { by: 'server', code }
    this.#handlers.close(code, '')
  }
}

/** Handlers are called even after `abandon`, so that the client's own generations are tested and not the fake's manners. */
const clientEnd = (end: ServerEnd, sent: (message: string) => void): ClientSocket => ({
  send(message) {
    if (end.ended !== undefined) return
    end.messages.push(message)
    sent(message)
  },
  close: (code) => {
    end.ended ??= { by: 'client', code }
  },
  abandon: (code) => {
    end.ended ??= { by: 'client', code }
  },
  bufferedAmount: 0,
})

/** A small server: logs by conversation, and sockets that a test works by hand or lets run by themselves. */
export class ScriptedServer {
  epoch = 'epoch-1'
  readonly sockets: ServerEnd[] = []
  readonly logs = new Map<string, LogEvent[]>()
  readonly summaries = new Map<string, ConversationSummary>()
  readonly readSeqs = new Map<string, number>()
  readonly calls: string[] = []
  /** Answers of the ticket call to come; then tickets. */
  readonly tickets: (TicketAnswer | Promise<TicketAnswer>)[] = []
  /** Sockets open and are welcomed by themselves, and ops are committed and acknowledged. */
  auto = true
  /** With `auto`: what becomes of an op; false = swallow it. */
  answer: (op: Op, end: ServerEnd) => boolean = () => true
  reachable = true
  /** What users are called, where not their id in capitals; as a call for names reads it, which is answered once the gate is open. */
  readonly names = new Map<string, string>()
  namesGate: Promise<void> | undefined
  user: { id: string, username: string, displayName: string, role: 'member' | 'admin' } = me
  #tabs = 0
  #tokens = 0

  nextTab(): number {
    return ++this.#tabs
  }

  get last(): ServerEnd {
    const end = this.sockets.at(-1)
    if (end === undefined) throw new Error('no socket was opened')
    return end
  }

  readonly http: ChatHttp = {
    ticket: async () => {
      this.calls.push('ticket')
      return this.tickets.shift() ?? { kind: 'ticket', token: `t${++this.#tokens}` }
    },
    conversations: async () => {
      this.calls.push('conversations')
      return this.reachable ? { kind: 'ok', value: { conversations: [...this.summaries.keys()].map(id => this.summary(id)) } } : { kind: 'unreachable' }
    },
    conversation: async (id) => {
      this.calls.push(`conversation ${id}`)
      if (!this.reachable) return { kind: 'unreachable' }
      return this.summaries.has(id) ? { kind: 'ok', value: { conversation: this.summary(id) } } : { kind: 'refused', status: 404, code: 'not_found' }
    },
    history: async (id, query) => {
      this.calls.push(`history ${id} ${JSON.stringify(query)}`)
      if (!this.reachable) return { kind: 'unreachable' }
      return this.summaries.has(id) ? { kind: 'ok', value: this.history(id, query) } : { kind: 'refused', status: 404, code: 'not_found' }
    },
    users: async (ids) => {
      this.calls.push(`users ${ids.join(',')}`)
      const users = ids.map(id => ({ id, username: id, displayName: this.names.get(id) ?? id.toUpperCase() }))
      await this.namesGate
      return this.reachable ? { kind: 'ok', value: { users } } : { kind: 'unreachable' }
    },
  }

  connect(url: string, protocols: string[], handlers: SocketHandlers): ClientSocket {
    const end = new ServerEnd(url, protocols, handlers)
    this.sockets.push(end)
    if (this.auto) {
      queueMicrotask(() => {
        if (end.ended !== undefined) return
        end.open()
        this.welcome(end)
      })
    }
    return clientEnd(end, message => this.auto && queueMicrotask(() => this.#work(end, message)))
  }

  welcome(end: ServerEnd = this.last, change: { user?: typeof me, protocol?: number } = {}): void {
    end.push({
      type: 'welcome', protocol: change.protocol ?? 1, epoch: this.epoch, connection: 'c', user: change.user ?? this.user, heads: this.heads(),
      heartbeat: { interval: 25_000, timeout: 60_000 }, limits: {}, serverTime: 0,
    })
  }

  /** Makes a conversation that the account is in. */
  conversation(id: string, change: Partial<ConversationSummary> = {}): ConversationSummary {
    const members = [me, { id: 'ann', username: 'ann', displayName: 'Ann' }].map(({ id, username, displayName }) => ({
      user: { id, username, displayName }, role: 'member' as const, readSeq: 0, deliveredSeq: 0, state: 'offline' as const,
    }))
    const summary: ConversationSummary = {
      id, kind: 'direct', title: '', members, memberCount: members.length, head: 0, readSeq: 0, unread: 0, mentions: 0, role: 'member', notify: 'all',
      pinned: false, hidden: false, createdAt: 1, ...change,
    }
    this.summaries.set(id, summary)
    if (!this.logs.has(id)) this.logs.set(id, [])
    return summary
  }

  log(id: string): LogEvent[] {
    const log = this.logs.get(id) ?? []
    this.logs.set(id, log)
    return log
  }

  /** Commits an event of someone else; a string is a message of ann. */
  commit(id: string, body: string | ({ kind: LogEvent['kind'], sender?: string, cid?: string } & Record<string, unknown>)): LogEvent {
    const log = this.log(id)
    const seq = log.length + 1
    const fields = typeof body === 'string' ? { kind: 'message', content: text(body) } : body
    const event = { seq, cid: `${id}-${seq}`, sender: 'ann', at: 1_000 + seq, ...fields } as LogEvent
    log.push(event)
    return event
  }

  /** Commits an op of the account, once per cid (S3). */
  commitOp(op: Op): { event: LogEvent, duplicate: boolean } {
    const known = this.log(op.conversation).find(event => event.cid === op.cid && event.sender === this.user.id)
    if (known !== undefined) return { event: known, duplicate: true }
    const { type, conversation, ...fields } = op
    const kind = type === 'send' ? 'message' : type === 'react' ? 'reaction' : type
    return { event: this.commit(conversation, { ...fields, kind, sender: this.user.id }), duplicate: false }
  }

  heads(): Heads {
    const heads: Heads = {}
    for (const id of this.summaries.keys()) heads[id] = [this.log(id).length, this.readSeqs.get(id) ?? 0, this.log(id).at(-1)?.cid ?? null]
    return heads
  }

  page(sync: SyncFrame, limit = 200): PageFrame {
    const log = this.log(sync.conversation)
    const base = { type: 'page' as const, ref: sync.ref, conversation: sync.conversation, head: log.length }
    const tip = log[sync.after - 1]?.cid
    if (sync.after > log.length || (typeof sync.tip === 'string' && tip !== sync.tip) || log.length - sync.after > 1_000) {
      return { ...base, events: log.slice(-limit), more: false, reset: true }
    }
    return { ...base, events: log.slice(sync.after, sync.after + limit), more: log.length > sync.after + limit }
  }

  history(id: string, query: { before?: number, after?: number, around?: number, limit?: number }): HistoryResponse {
    const log = this.log(id)
    const limit = query.limit ?? 50
    const messages = currentMessages(log)
    const middle = query.around === undefined ? -1 : messages.findIndex(message => message.seq >= query.around!)
    const chosen = query.before !== undefined
      ? messages.filter(message => message.seq < query.before!).slice(-limit)
      : query.after !== undefined
        ? messages.filter(message => message.seq > query.after!).slice(0, limit)
        : query.around !== undefined
          ? messages.slice(Math.max(0, middle - limit / 2), middle + limit / 2)
          : messages.slice(-limit)
    const first = chosen[0]?.seq ?? 0
    const last = chosen.at(-1)?.seq ?? log.length
    const older = messages.some(message => message.seq < first)
    const newer = messages.some(message => message.seq > last)
    const from = older ? first : 1
    const to = newer ? last : query.before === undefined ? log.length : last
    const notices = log.filter((event): event is MemberEvent | MetaEvent => (event.kind === 'member' || event.kind === 'meta') && event.seq >= from && event.seq <= to)
    return { epoch: this.epoch, messages: chosen, notices, head: log.length, tip: log.at(-1)?.cid ?? null, ...(older ? { before: first } : {}), ...(newer ? { after: last } : {}) }
  }

  summary(id: string): ConversationSummary {
    const log = this.log(id)
    const lastMessage = currentMessages(log).at(-1)
    const readSeq = this.readSeqs.get(id) ?? 0
    const unread = currentMessages(log).filter(message => message.seq > readSeq && message.sender !== this.user.id && message.deletedAt === undefined)
    return {
      ...this.summaries.get(id)!, head: log.length, readSeq, unread: unread.length,
      mentions: unread.filter(message => message.mentions?.includes(this.user.id)).length, ...(lastMessage === undefined ? {} : { lastMessage }),
    }
  }

  #work(end: ServerEnd, message: string): void {
    for (const incoming of decodeClientMessage(message)) {
      if (end.ended !== undefined) return
      if (incoming.kind === 'control' && incoming.frame.type === 'ping') end.push({ type: 'pong' })
      if (incoming.kind === 'control' && incoming.frame.type === 'sync') end.push(this.page(incoming.frame))
      if (incoming.kind === 'control' && incoming.frame.type === 'read') this.readSeqs.set(incoming.frame.conversation, incoming.frame.seq)
      if (incoming.kind !== 'op' || !this.answer(incoming.op, end)) continue
      const { event, duplicate } = this.commitOp(incoming.op)
      end.push({ type: 'ack', cid: event.cid, conversation: incoming.op.conversation, seq: event.seq, at: event.at, ...(duplicate ? { duplicate } : {}) })
      if (!duplicate) end.push({ type: 'event', conversation: incoming.op.conversation, event })
    }
  }
}

/** The messages of a log as they stand: an independent reading of PROTOCOL 6 for tests to compare with. */
export function currentMessages(log: readonly LogEvent[]): Message[] {
  const messages = new Map<number, Message>()
  for (const event of log) {
    if (event.kind === 'message') {
      const { seq, cid, sender, at, content, replyTo, mentions } = event
      messages.set(seq, {
        seq, cid, sender, at, reactions: [],
        ...(content === undefined ? {} : { content }), ...(replyTo === undefined ? {} : { replyTo }), ...(mentions === undefined ? {} : { mentions }),
      })
      continue
    }
    if (event.kind === 'member' || event.kind === 'meta') continue
    const message = messages.get(event.target)
    if (message === undefined || (message.deletedAt !== undefined)) continue
    if (event.kind === 'edit' && event.content !== undefined) {
      delete message.mentions
      Object.assign(message, { content: event.content, editedAt: event.at }, event.mentions === undefined ? {} : { mentions: event.mentions })
    }
    if (event.kind === 'delete') {
      delete message.content
      delete message.mentions
      Object.assign(message, { deletedAt: event.at, deletedBy: event.sender, reactions: [] })
    }
    if (event.kind !== 'reaction') continue
    const others = message.reactions.filter(reaction => reaction.emoji !== event.emoji)
    const found = message.reactions.find(reaction => reaction.emoji === event.emoji)
    const users = (found?.users ?? []).filter(user => user !== event.sender || event.on)
    if (event.on && !users.includes(event.sender)) users.push(event.sender)
    if (users.length === 0) message.reactions = others
    else if (found === undefined) message.reactions = [...others, { emoji: event.emoji, users }]
    else message.reactions = message.reactions.map(reaction => reaction === found ? { emoji: event.emoji, users } : reaction)
  }
  return [...messages.values()]
}
