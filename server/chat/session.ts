import { closeCodes, closeReasons } from '#parley/shared/protocol/index.ts'
import type { AckFrame, ErrorFrame, RejectFrame, ServerFrame, StatusFrame } from '#parley/shared/protocol/index.ts'
import type { Announcer } from '#parley/server/chat/announcer.ts'
import type { ConnectionInfo, SessionHandle } from '#parley/server/chat/chat-service.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import { encoded } from '#parley/server/chat/encoding.ts'
import type { EncodedFrames } from '#parley/server/chat/encoding.ts'
import { Flow } from '#parley/server/chat/flow.ts'
import type { Flusher } from '#parley/server/chat/flusher.ts'
import type { HiddenUsers } from '#parley/server/chat/hidden-users.ts'
import type { Hub } from '#parley/server/chat/hub.ts'
import { Inbound } from '#parley/server/chat/inbound.ts'
import { Liveness } from '#parley/server/chat/liveness.ts'
import { openConnection, relink } from '#parley/server/chat/opening.ts'
import type { Ops } from '#parley/server/chat/ops.ts'
import type { Identity, ServerSocket } from '#parley/server/chat/ports.ts'
import type { Presence } from '#parley/server/chat/presence.ts'
import type { UserBuckets } from '#parley/server/chat/rate-limit.ts'
import type { Receipts } from '#parley/server/chat/receipts.ts'
import type { RecentLog } from '#parley/server/chat/recent-log.ts'
import { SendQueue } from '#parley/server/chat/send-queue.ts'
import type { FrameClass } from '#parley/server/chat/send-queue.ts'
import type { StoreGate } from '#parley/server/chat/store-gate.ts'
import type { Turnstile } from '#parley/server/chat/turnstile.ts'
import type { TypingNotices } from '#parley/server/chat/typing.ts'

/** What the connections of a node share. */
export interface SessionServices {
  context: ChatContext
  hub: Hub<Session>
  announcer: Announcer<Session>
  ops: Ops
  gate: StoreGate
  buckets: UserBuckets
  presence: Presence
  hidden: HiddenUsers
  receipts: Receipts<Session>
  recent: RecentLog
  typing: TypingNotices<Session>
  flusher: Flusher
  /** For connections that open, and for pages that are read. */
  openings: Turnstile
  pages: Turnstile
  /** The connection ended, by either side; called once. */
  onEnd: (session: Session) => void
  /** The socket is gone; called once, after onEnd. */
  onGone: (session: Session) => void
}

/** Ms that a peer has to answer a close before its connection is destroyed. */
const closeGrace = 2_000

/** A peer may name any code: only these are counted by themselves. */
const knownCloses: ReadonlySet<number> = new Set([...Object.values(closeCodes), 1005, 1006])

/**
 * ```
 * opening ──welcome──► open ──end(code)──► ended ──socket closed──► gone
 *    └──────────────────────────────────────▲
 * ```
 */
type State = { phase: 'opening' } | { phase: 'open' } | { phase: 'ended', cancel: () => void } | { phase: 'gone' }

/** One accepted connection: what is sent to it, whether its peer lives, and how it ends. Knows no other connection. */
export class Session implements SessionHandle {
  readonly info: ConnectionInfo
  readonly identity: Identity
  readonly #services: SessionServices
  readonly #socket: ServerSocket
  readonly #queue: SendQueue
  readonly #flow: Flow
  readonly #liveness: Liveness
  readonly #inbound: Inbound
  #state: State = { phase: 'opening' }

  constructor(services: SessionServices, socket: ServerSocket, identity: Identity) {
    const { context } = services
    this.#services = services
    this.#socket = socket
    this.identity = identity
    this.info = { id: context.random.id(), login: identity.login, appname: identity.appname, address: identity.address, openedAt: context.clock.now() }
    this.#queue = new SendQueue(services, socket, this)
    this.#flow = new Flow(socket, context)
    this.#liveness = new Liveness(context, this.#flow)
    this.#inbound = new Inbound(this, services, this.#flow)
  }

  get id(): string {
    return this.info.id
  }

  get user(): string {
    return this.identity.user.id
  }

  get welcomed(): boolean {
    return this.#state.phase === 'open'
  }

  get live(): boolean {
    return this.#state.phase === 'opening' || this.#state.phase === 'open'
  }

  /** Whether its events are withheld (L3). */
  get lagging(): boolean {
    return this.#queue.lagging
  }

  /** Bytes on their way to the peer (L3). */
  get buffered(): number {
    return this.#queue.buffered
  }

  /** Whether nothing of this connection is in hand (L5). */
  get idle(): boolean {
    return this.#inbound.idle
  }

  /** Ms since the peer was heard from, less the time in which nobody listened (A4, L1). */
  get silence(): number {
    return this.#liveness.silence(this.#services.context.clock.monotonic())
  }

  /** Begins the opening (W1); what is received meanwhile waits. */
  open(): void {
    void this.#services.openings.run(() => openConnection(this, this.#services))
  }

  /** `welcome` and its heads are in the queue: frames are taken from now on (T7). */
  opened(): void {
    if (this.#state.phase !== 'opening') return
    this.#state = { phase: 'open' }
    this.#services.hidden.set(this.user, this.identity.hides ?? {})
    this.#services.presence.set(this.user, this.id, 'active')
    this.#inbound.start()
  }

  receive(text: string): void {
    if (!this.live) return
    const now = this.#services.context.clock.monotonic()
    this.#liveness.heard(now)
    this.#inbound.receive(text, now)
  }

  receiveBinary(): void {
    this.end(closeCodes.badFrames)
  }

  closed(code?: number): void {
    if (this.#state.phase === 'gone') return
    if (this.#state.phase === 'ended') this.#state.cancel()
    const alive = this.live
    this.#state = { phase: 'gone' }
    if (alive) this.#leave('peer', code)
    this.#services.onGone(this)
  }

  push(frame: EncodedFrames, kind: FrameClass): boolean {
    // Before `welcome` nothing of what goes on around it reaches the peer (W1).
    return this.welcomed && this.#queue.push(frame, kind)
  }

  /** What the connection itself has to say. */
  answer(frame: ServerFrame): void {
    if (this.live) this.#queue.push(encoded(frame), 'answer')
  }

  /** What became of what it sent, in the order in which it was sent (T3). */
  settle(frame: AckFrame | ErrorFrame | RejectFrame | StatusFrame): void {
    if (this.live) this.#queue.push(encoded(frame), 'settlement')
  }

  removed(conversation: string): void {
    this.#services.hub.unwatch(this, conversation)
    this.answer({ type: 'removed', conversation })
  }

  /** Sends what is queued without waiting for the end of the turn. */
  flush(): void {
    if (this.live) this.#queue.flush()
  }

  /** Ends the connection with a code of PROTOCOL 10; nothing more is taken from it or sent to it. */
  end(code: number): void {
    if (!this.live) return
    this.#queue.flush()
    this.#close(code)
  }

  /** Ends it without a close handshake: a peer that takes nothing would only hold the memory of what it was sent. */
  cut(code: number): void {
    if (!this.live) return
    this.#close(code)
    this.#socket.terminate()
  }

  /** The time for an orderly end is over, also for a peer that has not answered the close. */
  destroy(): void {
    if (this.live) this.cut(closeCodes.restart)
    else if (this.#state.phase === 'ended') this.#socket.terminate()
  }

  /** Takes nothing further from the network; what is in hand is finished (L5). */
  drain(after: number): void {
    if (this.welcomed) this.answer({ type: 'goaway', after })
    this.#flow.set('drain', true)
  }

  /** All connections together hold too much, and this one is among the fullest (L3). */
  overBudget(): void {
    this.#queue.startLag()
  }

  /** The heads that end a lag are in the queue. */
  caughtUp(): void {
    this.#queue.endLag()
    this.#inbound.choke(false)
  }

  /** The heads that would end a lag could not be read. */
  stillBehind(): void {
    this.#queue.retryLag()
  }

  /** One look at everything that depends on time; called by the wheel. */
  beat(now: number): void {
    if (!this.live) return
    this.#flow.beat(now)
    if (this.#liveness.silence(now) >= this.#services.context.timing.peerTimeout) return this.cut(closeCodes.noPong)
    if (this.#inbound.floods(now)) return this.end(closeCodes.rate)
    this.reviewBudget()
    if (!this.welcomed) return
    if (this.#liveness.takePing(now, this.#inbound.keepsWaiting(now))) this.answer({ type: 'ping' })
    this.#inbound.beat()
  }

  #close(code: number): void {
    if (!this.live) return
    this.#state = { phase: 'ended', cancel: this.#services.context.clock.timer(() => this.#socket.terminate(), closeGrace) }
    this.#flow.release()
    this.#leave('server', code)
    this.#socket.close(code, closeReasons[code] ?? '')
  }

  #leave(by: 'server' | 'peer', code = 1006): void {
    const { hub, presence, context, onEnd } = this.#services
    this.#inbound.stop()
    this.#queue.clear()
    hub.leave(this)
    presence.remove(this.user, this.id)
    context.counters.closes.add(`${by} ${knownCloses.has(code) ? code : 'other'}`)
    const seconds = Math.round((context.clock.now() - this.info.openedAt) / 1000)
    context.log.info('connection ended', { connection: this.id, user: this.user, by, code, seconds, bytes: this.#queue.sent })
    onEnd(this)
  }

  /** Its events are withheld from now on (L3). */
  lagged(): void {
    this.#services.hub.detachAll(this)
    this.#inbound.choke(true)
  }

  /** Looks at what is buffered towards the peer (L3). */
  reviewBudget(): void {
    if (!this.live) return
    const verdict = this.#queue.review(this.#services.context.clock.monotonic())
    if (verdict === 'slow') this.cut(closeCodes.slow)
    else if (verdict === 'drained') void relink(this, this.#services)
  }
}
