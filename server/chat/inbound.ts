import { closeCodes, decodeClientMessage, limits } from '#parley/shared/protocol/index.ts'
import type { AckFrame, ControlFrame, Incoming, Op, RejectFrame, StatusFrame } from '#parley/shared/protocol/index.ts'
import { BadFrames } from '#parley/server/chat/bad-frames.ts'
import type { Flow } from '#parley/server/chat/flow.ts'
import { EphemeralFrames } from '#parley/server/chat/handlers/ephemeral.ts'
import { pageAtHand, readPage, SyncLane } from '#parley/server/chat/handlers/sync.ts'
import { Inbox } from '#parley/server/chat/inbox.ts'
import type { InboxHost } from '#parley/server/chat/inbox.ts'
import type { OpRun } from '#parley/server/chat/ops.ts'
import type { UserBucket } from '#parley/server/chat/rate-limit.ts'
import type { Session, SessionServices } from '#parley/server/chat/session.ts'

/** Queued frames beyond which a peer that ignores flow control is cut off at once; one chunk of the network holds some 1,500. */
const queueLimit = 4_096

/** A7: refused in its place among the frames, so that what comes after it is answered after it. */
const refuseOp = (item: Incoming): Incoming => item.kind === 'op'
  ? { kind: 'refused-op', cid: item.op.cid, conversation: item.op.conversation, code: 'forbidden', message: 'the token was made for reading only' }
  : item

const isProbe = (item: Incoming): item is Extract<Incoming, { kind: 'control' }> => item.kind === 'control' && (item.frame.type === 'ping' || item.frame.type === 'pong')

/**
 * Everything that one connection receives: decodes it, keeps its order (T7), and stops reading when there is too much of it. Parts that
 * an idle connection does not need are made when they are first needed: ten thousand of them are held in memory.
 */
export class Inbound implements InboxHost {
  readonly #session: Session
  readonly #services: SessionServices
  readonly #flow: Flow
  readonly #inbox: Inbox
  #bucket: UserBucket | undefined
  #syncs: SyncLane | undefined
  #ephemerals: EphemeralFrames | undefined
  #badFrames: BadFrames | undefined

  constructor(session: Session, services: SessionServices, flow: Flow) {
    this.#session = session
    this.#services = services
    this.#flow = flow
    this.#inbox = new Inbox(this, services.gate)
  }

  /** Whether nothing is in hand (L5). */
  get idle(): boolean {
    return this.#inbox.idle && this.#syncs?.idle !== false
  }

  /** @param now ms, monotonic */
  receive(text: string, now: number): void {
    const decoded = decodeClientMessage(text)
    const items = this.#session.identity.readOnly ? decoded.map(refuseOp) : decoded
    // A probe must not wait behind a slow op (T7); only `welcome` comes before everything.
    const waiting = this.#session.welcomed && items.some(isProbe) ? this.#answerProbes(items) : items
    if (waiting.length > 0) this.#inbox.add(waiting, now)
    if (this.#inbox.length > queueLimit) this.#session.end(closeCodes.rate)
  }

  /** @returns what is no probe */
  #answerProbes(items: readonly Incoming[]): Incoming[] {
    return items.filter((item) => {
      if (!isProbe(item)) return true
      this.#control(item.frame)
      return false
    })
  }

  /** `welcome` is sent. */
  start(): void {
    this.#inbox.start()
  }

  stop(): void {
    this.#inbox.stop()
    this.#syncs?.stop()
  }

  /** While choked, no further frame is taken (L3). */
  choke(on: boolean): void {
    this.#flow.set('budget', on)
    this.#inbox.choke(on)
    if (!on) this.#syncs?.pump()
  }

  /** Whether the peer has for too long had more ops unanswered than it may pipeline (L4). */
  floods(now: number): boolean {
    const { settings, timing } = this.#services.context
    return settings.rateLimit > 0 && this.#inbox.floodedFor(now) >= timing.floodLimit
  }

  /** Whether the peer waits for longer than it would without a sign (L2). */
  keepsWaiting(now: number): boolean {
    const oldest = this.#inbox.oldestOp
    return this.#flow.held || (oldest !== undefined && now - oldest >= this.#services.context.timing.busyPing)
  }

  beat(): void {
    this.#ephemerals?.beat()
  }

  bucket(): UserBucket {
    // Never forgotten while the user has a connection (UserBuckets.sweep).
    return this.#bucket ??= this.#services.buckets.of(this.#session.user)
  }

  settle(op: Op, run: OpRun, place: number): void {
    this.#services.ops.settle(this.#session.user, op, run, place)
  }

  answer(frame: AckFrame | RejectFrame | StatusFrame): void {
    if (frame.type === 'reject') this.#services.context.counters.rejects.add(frame.code)
    this.#session.settle(frame)
  }

  served(at: number, now: number): void {
    this.#services.context.counters.ack.add(now - at)
  }

  fateUnknown(): void {
    this.#session.end(closeCodes.unavailable)
  }

  now(): number {
    return this.#services.context.clock.monotonic()
  }

  reviewFlow(): void {
    const { unanswered, length, held, starved } = this.#inbox
    this.#flow.set('backlog', unanswered > limits.pipeline || length + (this.#syncs?.waiting ?? 0) > 2 * limits.pipeline)
    this.#flow.set('rate', starved)
    this.#flow.set('store', held)
  }

  handle(item: Exclude<Incoming, { kind: 'op' | 'refused-op' }>): void {
    if (item.kind === 'control') return this.#control(item.frame)
    this.#session.settle({ type: 'error', code: item.code, message: item.message, ...(item.ref === undefined ? {} : { ref: item.ref }) })
    if (item.code !== 'bad_frame') return
    this.#services.context.counters.badFrames++
    if ((this.#badFrames ??= new BadFrames()).count(this.#services.context.clock.monotonic())) this.#session.end(closeCodes.badFrames)
  }

  #control(frame: ControlFrame): void {
    switch (frame.type) {
      case 'ping': return this.#session.answer({ type: 'pong' })
      case 'pong': return
      case 'sync': return (this.#syncs ??= this.#createSyncs()).add(frame)
      default: return this.#ephemeral(frame)
    }
  }

  #ephemeral(frame: Exclude<ControlFrame, { type: 'ping' | 'pong' | 'sync' }>): void {
    if (this.#session.identity.readOnly) return
    this.#ephemerals ??= this.#createEphemerals()
    switch (frame.type) {
      case 'typing': return this.#ephemerals.typing(frame)
      case 'presence': return this.#ephemerals.presence(frame)
      default: return this.#ephemerals.position(frame)
    }
  }

  #createSyncs(): SyncLane {
    const { context, hub, recent, pages } = this.#services
    const session = this.#session
    const source = { store: context.store, recent, follows: (conversation: string, head: number) => hub.follows(session, conversation, head) }
    return new SyncLane({
      // What is at hand needs nobody's turn.
      read: frame => pageAtHand(source, frame) ?? pages.run(() => readPage(source, session.user, frame)),
      answer: (frames) => {
        session.push(frames, 'answer')
        this.reviewFlow()
      },
      failed: (error) => {
        context.log.error('sync failed', { connection: session.id, user: session.user, error: String(error) })
        session.end(closeCodes.unavailable)
      },
      congested: () => session.lagging,
    })
  }

  #createEphemerals(): EphemeralFrames {
    const { context, hub, typing, presence, receipts } = this.#services
    const session = this.#session
    return new EphemeralFrames({
      clock: context.clock,
      limited: context.settings.rateLimit > 0,
      isMember: conversation => hub.isMember(session, conversation),
      typing: (conversation, on) => typing.say(session, conversation, on),
      presence: activity => presence.set(session.user, session.id, activity),
      raise: (conversation, state) => receipts.raise(session.user, conversation, state, session),
      warn: (message, error) => context.log.warn(message, { connection: session.id, user: session.user, error: String(error) }),
    })
  }
}
