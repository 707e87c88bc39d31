import { closeCodes } from '#parley/shared/protocol/index.ts'
import type { AckFrame, Op, RejectFrame } from '#parley/shared/protocol/index.ts'
import type { LogEvent } from '#parley/shared/model.ts'
import { admit } from '#parley/server/chat/admission.ts'
import { Announcer } from '#parley/server/chat/announcer.ts'
import { Auditor } from '#parley/server/chat/auditor.ts'
import { enforceTotal } from '#parley/server/chat/budget-watch.ts'
import { RateLimited } from '#parley/server/chat/chat-service.ts'
import type { ChatService, ConnectionInfo, SessionHandle } from '#parley/server/chat/chat-service.ts'
import { Connections } from '#parley/server/chat/connections.ts'
import { createContext } from '#parley/server/chat/context.ts'
import type { ChatContext, ChatServerDeps } from '#parley/server/chat/context.ts'
import { Conversations } from '#parley/server/chat/conversations.ts'
import { drainSessions } from '#parley/server/chat/drain.ts'
import type { ChatFigures } from '#parley/server/chat/figures.ts'
import { figuresOf } from '#parley/server/chat/figures-now.ts'
import { Flusher } from '#parley/server/chat/flusher.ts'
import { HiddenUsers } from '#parley/server/chat/hidden-users.ts'
import { Hub } from '#parley/server/chat/hub.ts'
import { Moderation } from '#parley/server/chat/moderation.ts'
import { Ops } from '#parley/server/chat/ops.ts'
import type { BackplaneMessage } from '#parley/server/chat/backplane-port.ts'
import type { HistoryRequest, Identity, MemberSettings, ServerSocket } from '#parley/server/chat/ports.ts'
import { Presence } from '#parley/server/chat/presence.ts'
import { UserBuckets } from '#parley/server/chat/rate-limit.ts'
import { createReading } from '#parley/server/chat/reading.ts'
import type { ReadingCalls } from '#parley/server/chat/reading.ts'
import { Receipts } from '#parley/server/chat/receipts.ts'
import { RecentLog } from '#parley/server/chat/recent-log.ts'
import { Session } from '#parley/server/chat/session.ts'
import type { SessionServices } from '#parley/server/chat/session.ts'
import { StoreGate } from '#parley/server/chat/store-gate.ts'
import { Summaries } from '#parley/server/chat/summaries.ts'
import { Turnstile } from '#parley/server/chat/turnstile.ts'
import { TypingNotices } from '#parley/server/chat/typing.ts'
import type { EncodedFrames } from '#parley/server/chat/encoding.ts'
import { UserNewsDesk } from '#parley/server/chat/user-news.ts'
import type { UserNews } from '#parley/server/chat/user-news.ts'
import { Wheel } from '#parley/server/chat/wheel.ts'

/** Looks at each connection per `timing.busyPing`, the shortest of the times that depend on them. */
const roundsPerBusyPing = 4
/** Connections that are opened, and pages that are read from the store, at a time; a page may have a quarter of a MiB. */
const openingsAtOnce = 64
const pagesAtOnce = 32
/** Bytes of recent events kept for connections that catch up; a thousand rooms of sixty messages. */
const recentBudget = 32 * 1024 * 1024
/** Ms that an op over HTTP waits for the user's bucket before it is answered 429. */
const httpPatience = 2_000

/** The chat of one node: seats connections, carries out ops, and brings every committed event to those who are to see it. */
export class ChatServer implements ChatService {
  readonly #context: ChatContext
  readonly #connections: Connections<Session>
  /** Sockets that are not gone yet; ended ones are no longer in the registry. */
  readonly #sockets = new Set<Session>()
  readonly #services: SessionServices
  readonly #conversations: Conversations
  readonly #news: UserNewsDesk
  readonly reading: ReadingCalls
  readonly #moderation: Moderation
  readonly #wheel: Wheel
  readonly #auditor: Auditor
  readonly #unsubscribe: () => void
  #drained: Promise<void> | undefined

  constructor(deps: ChatServerDeps) {
    const context = createContext(deps)
    this.#context = context
    this.#connections = new Connections(context.settings)
    const connectionsOf = (user: string) => this.#connections.of(user)
    const flusher = new Flusher(context.defer, { now: () => context.clock.monotonic(), flushed: (ms, conversations) => context.counters.fanOut.add(ms, conversations) })
    const hidden = new HiddenUsers()
    const presence = new Presence(context, flusher, { connectionsOf, companions: user => hub.companions(user), isHidden: user => hidden.presence(user), apart: (one, other) => hidden.apart(one, other) })
    const summaries = new Summaries(context, presence, hidden)
    const hub: Hub<Session> = new Hub({
      context,
      flusher,
      connectionsOf,
      onJoin: (conversation, user, seq) => announcer.introduce(user, conversation, seq - 1),
      onChange: conversation => announcer.plan(conversation),
    })
    const announcer = new Announcer({ context, hub, summaries, connectionsOf })
    const gate = new StoreGate(context.clock)
    const ops = new Ops(context, gate, (conversation, event) => this.#fanOut(conversation, event))
    this.#services = {
      context, hub, announcer, ops, gate, presence, hidden,
      buckets: new UserBuckets(context.settings.rateLimit, context.clock),
      receipts: new Receipts(context, hub, hidden),
      recent: new RecentLog(context.store, recentBudget),
      typing: new TypingNotices(context, hub, hidden),
      flusher,
      openings: new Turnstile(openingsAtOnce),
      pages: new Turnstile(pagesAtOnce),
      onEnd: session => this.#unseat(session),
      onGone: session => void this.#sockets.delete(session),
    }
    const broadcast = (conversation: string, frame: EncodedFrames) => hub.broadcast(conversation, frame, undefined, () => true)
    this.#news = new UserNewsDesk({ context, hidden, presence, connectionsOf, companions: user => hub.companions(user), broadcast })
    this.#conversations = new Conversations({ context, ops, summaries, onRefresh: (conversation, users) => this.#refresh(conversation, users) })
    this.reading = createReading({ context, ops, conversations: this.#conversations })
    this.#moderation = new Moderation({ context, ops, onRefresh: (conversation, users) => this.#refresh(conversation, users) })
    this.#wheel = new Wheel(context.clock, context.timing.busyPing / roundsPerBusyPing, now => this.#round(now))
    this.#auditor = this.#createAuditor()
    this.#unsubscribe = context.backplane.subscribe(message => this.#heard(message))
  }

  get draining(): boolean {
    return this.#drained !== undefined
  }

  hasRoom(address: string): boolean {
    return !this.draining && this.#connections.hasRoom(address)
  }

  accept(socket: ServerSocket, identity: Identity): SessionHandle {
    const session = new Session(this.#services, socket, identity)
    this.#sockets.add(session)
    const refusal = this.draining ? closeCodes.restart : admit(this.#connections, session, this.#context.timing.displaceSilence)
    if (refusal !== undefined) {
      session.end(refusal)
      return session
    }
    this.#connections.add(session)
    this.#context.counters.opened++
    this.#wheel.add(session)
    this.#context.log.info('connection opened', { connection: session.id, user: session.user, appname: identity.appname })
    session.open()
    return session
  }

  async submit(user: string, op: Op): Promise<AckFrame | RejectFrame> {
    const bucket = this.#services.buckets.of(user)
    if (!bucket.take() && !await this.#turn(user)) throw new RateLimited(bucket.delay)
    return this.#services.ops.submit(user, op)
  }

  readonly post: ChatService['post'] = (bot, op) => this.#services.ops.submit(bot, op, 'bot')
  readonly conversations: ChatService['conversations'] = user => this.#conversations.conversations(user)
  readonly conversation: ChatService['conversation'] = (user, id) => this.#conversations.conversation(user, id)
  readonly createConversation: ChatService['createConversation'] = (user, request) => this.#conversations.createConversation(user, request)
  readonly changeConversation: ChatService['changeConversation'] = (user, id, change) => this.#conversations.changeConversation(user, id, change)
  readonly members: ChatService['members'] = (user, id, after) => this.#conversations.members(user, id, after)
  readonly addMember: ChatService['addMember'] = (user, id, member, role) => this.#conversations.addMember(user, id, member, role)
  readonly join: ChatService['join'] = (user, id, invite) => this.#conversations.join(user, id, invite)
  readonly changeRole: ChatService['changeRole'] = (user, id, member, role) => this.#conversations.changeRole(user, id, member, role)
  readonly removeMember: ChatService['removeMember'] = (user, id, member) => this.#conversations.removeMember(user, id, member)
  readonly ban: ChatService['ban'] = (user, id, member, reason, audit) => this.#moderation.ban(user, id, member, reason, audit)
  readonly bans: ChatService['bans'] = (user, id) => this.#moderation.bans(user, id)
  readonly liftBan: ChatService['liftBan'] = (user, id, member, audit) => this.#moderation.liftBan(user, id, member, audit)
  readonly mute: ChatService['mute'] = (user, id, member, mute, audit) => this.#moderation.mute(user, id, member, mute, audit)
  readonly actAsServer: ChatService['actAsServer'] = (id, actor, change, extra) => this.#moderation.actAsServer(id, actor, change, extra)
  readonly saveSettings = (user: string, id: string, settings: MemberSettings) => this.#conversations.saveSettings(user, id, settings)
  readonly firstPaint: ChatService['firstPaint'] = (user, at) => this.#conversations.firstPaint(user, at)
  readonly history = (user: string, request: HistoryRequest) => this.#conversations.history(user, request)

  readonly eraseOwn: ChatService['eraseOwn'] = (user, id, seq) => this.#conversations.eraseOwn(user, id, seq)

  tellUser(news: UserNews): void {
    this.#news.tell(news)
  }

  connectedUsers(): string[] {
    return this.#connections.users()
  }

  connectionsOf(user: string): ConnectionInfo[] {
    return this.#connections.of(user).map(session => session.info)
  }

  isActive(user: string): boolean {
    return this.#services.presence.stateOf(user) === 'online'
  }

  revoke(user: string, what: { login?: string, except?: string, disabled?: boolean }): void {
    const code = what.disabled ? closeCodes.disabled : closeCodes.revoked
    const { login, except } = what
    const message = { type: 'revoke', user, ...(login === undefined ? {} : { login }), ...(except === undefined ? {} : { except }), code } as const
    this.#revokeHere(message)
    this.#context.backplane.publish(message)
  }

  forget(id: string): void {
    this.#forgetHere(id)
    this.#context.backplane.publish({ type: 'gone', conversation: id })
  }

  figures(): ChatFigures {
    return figuresOf({ context: this.#context, connections: this.#connections, sockets: this.#sockets.size, store: this.#services.gate.status, draining: this.draining })
  }

  drain(): Promise<void> {
    this.#drained ??= this.#drain()
    return this.#drained
  }

  /** Stops every timer and lets go of the backplane. Sockets are not touched: drain does that. */
  dispose(): void {
    this.#wheel.dispose()
    this.#auditor.dispose()
    this.#services.announcer.dispose()
    this.#services.presence.dispose()
    this.#services.gate.dispose()
    this.#unsubscribe()
  }

  async #drain(): Promise<void> {
    await drainSessions(this.#context, this.#sockets)
    await this.#services.presence.saveAll()
    this.dispose()
  }

  /** Waits a bounded time for a token of the user's bucket, in line with the user's connections. */
  #turn(user: string): Promise<boolean> {
    return new Promise((resolve) => {
      const leave = this.#services.buckets.of(user).wait(() => {
        cancel()
        resolve(true)
      })
      const cancel = this.#context.clock.timer(() => {
        leave()
        resolve(false)
      }, httpPatience)
    })
  }

  #fanOut(conversation: string, event: LogEvent): void {
    this.#context.onCommit(conversation, event)
    this.#deliver(conversation, event)
    this.#context.backplane.publish({ type: 'event', conversation, event })
  }

  /** The memory first: who asks for a page in this turn must not get one that lacks the event. */
  #deliver(conversation: string, event: LogEvent): void {
    this.#services.recent.committed(conversation, event)
    this.#services.hub.deliver(conversation, event)
  }

  #refresh(conversation: string, users: string[]): void {
    this.#services.announcer.refresh(conversation, users)
    this.#context.backplane.publish({ type: 'refresh', conversation, users })
  }

  #forgetHere(conversation: string): void {
    this.#services.recent.forget(conversation)
    this.#services.hub.forget(conversation)
  }

  #unseat(session: Session): void {
    this.#connections.remove(session)
    this.#wheel.remove(session)
  }

  #round(now: number): void {
    enforceTotal(this.#connections.all(), this.#context.budgets.total)
    this.#services.presence.sweep(now)
    this.#services.buckets.sweep(user => this.#connections.has(user))
  }

  #createAuditor(): Auditor {
    const { hub, announcer, presence, recent } = this.#services
    return new Auditor({
      context: this.#context,
      feeds: () => hub.feeds(),
      heard: (conversation, head) => recent.heard(conversation, head),
      users: () => this.#connections.users(),
      ensure: (user, conversation) => {
        const lacks = this.#connections.of(user).some(session => session.welcomed && !session.lagging && !hub.subscription(session, conversation)?.attached)
        if (lacks) announcer.introduce(user, conversation)
      },
      onAudited: () => presence.repeat(),
    })
  }

  #revokeHere({ user, login, except, code }: Extract<BackplaneMessage, { type: 'revoke' }>): void {
    for (const session of this.#connections.of(user)) {
      const own = session.identity.login
      if ((login === undefined || own === login) && own !== except) session.end(code)
    }
  }

  #heard(message: BackplaneMessage): void {
    const { receipts, typing, presence, announcer } = this.#services
    switch (message.type) {
      case 'event': return this.#deliver(message.conversation, message.event)
      case 'receipt': return receipts.spread(message)
      case 'typing': return typing.spread(message)
      case 'presence': return presence.heard(message.user, message.node, message.state)
      case 'revoke': return this.#revokeHere(message)
      case 'user': return this.#news.spread(message)
      case 'gone': return this.#forgetHere(message.conversation)
      case 'refresh': return announcer.refresh(message.conversation, message.users)
    }
  }
}
