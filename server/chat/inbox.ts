import { limits } from '#parley/shared/protocol/index.ts'
import type { AckFrame, Incoming, Op, RejectFrame, StatusFrame, StoreStatus } from '#parley/shared/protocol/index.ts'
import type { OpFate, OpRun } from '#parley/server/chat/ops.ts'
import type { UserBucket } from '#parley/server/chat/rate-limit.ts'
import type { StoreGate } from '#parley/server/chat/store-gate.ts'

type OpItem = Extract<Incoming, { kind: 'op' | 'refused-op' }>
type Trouble = Exclude<StoreStatus, 'ok'>
type OtherItem = Exclude<Incoming, OpItem>
interface QueuedOp {
  kind: 'op'
  item: OpItem
  at: number
  /** Its token is taken (L4); kept when the op is put back, so that it is not charged twice. */
  paid: boolean
  /** What became of it the last time it was tried. */
  fate: OpFate | undefined
}
type Queued = QueuedOp | { kind: 'other', item: OtherItem }

/**
 * ```
 * waiting ─► ready ◄──────────────► running   a run of ops is in the store
 * (welcome)    │ ▲ ◄── token ─── limited      the user's bucket is empty (L4)
 *              │ └──── gate ──── held         the store takes no writes (S4)
 *              └── fate unknown, end ──► stopped (S5)
 * ```
 */
type Phase
  = | { phase: 'waiting' }
    | { phase: 'ready' }
    | { phase: 'running', ops: number, at: number }
    | { phase: 'limited', cancel: () => void }
    | { phase: 'held', cancel: () => void }
    | { phase: 'stopped' }

const rejectionOf = ({ cid, conversation, code, message }: Extract<OpItem, { kind: 'refused-op' }>): RejectFrame => ({ type: 'reject', cid, conversation, code, message })

/** Ops that are in the store together. */
class Run implements OpRun {
  readonly #ops: readonly QueuedOp[]
  readonly #onEnd: () => void
  #open: number
  #ended = false

  constructor(ops: readonly QueuedOp[], onEnd: () => void) {
    this.#ops = ops
    this.#open = ops.length
    this.#onEnd = onEnd
  }

  /** Whether every fate is known. */
  get settledAll(): boolean {
    return this.#open === 0
  }

  settled(place: number, fate: OpFate): void {
    this.#ops[place]!.fate = fate
    this.#open--
  }

  goOn(): void {
    if (this.#open > 0 || this.#ended) return
    this.#ended = true
    this.#onEnd()
  }
}

/** What the inbox asks of its connection. */
export interface InboxHost {
  /** The bucket of the user (L4). */
  bucket(): UserBucket
  /** Carries out one op; its fate comes later. @param place of the op in the run */
  settle(op: Op, run: OpRun, place: number): void
  /** What became of an op, or S4: how the store is. */
  answer(frame: AckFrame | RejectFrame | StatusFrame): void
  /** An op got its answer. @param at when it arrived @param now both in ms, monotonic */
  served(at: number, now: number): void
  /** Everything that is no op. Must not throw. */
  handle(item: OtherItem): void
  /** S5. */
  fateUnknown(): void
  /** Something changed that bears on reading from the socket. */
  reviewFlow(): void
  now(): number
}

/**
 * Frames of one connection, taken strictly in order (T7). Consecutive ops are issued to the store as a run without waiting for each:
 * the store commits a run in order, all or a prefix (LogStore.append). The next run starts when every op of the last is settled, so
 * nothing can overtake an op that was refused (S6).
 */
export class Inbox {
  readonly #host: InboxHost
  readonly #gate: StoreGate
  #queue: Queued[] = []
  #state: Phase = { phase: 'waiting' }
  /** The last `status` the peer was told. */
  #told: StoreStatus = 'ok'
  #floodSince: number | undefined
  #choked = false
  #starved = false

  constructor(host: InboxHost, gate: StoreGate) {
    this.#host = host
    this.#gate = gate
  }

  /** Whether the store holds ops up (S4); stays so while they are tried again, or each try would let more in. */
  get held(): boolean {
    return this.#told !== 'ok'
  }

  /** Whether ops wait for tokens of the user's bucket (L4). */
  get starved(): boolean {
    return this.#starved
  }

  get length(): number {
    return this.#queue.length
  }

  /** Nothing in hand (L5). */
  get idle(): boolean {
    return this.#queue.length === 0 && this.#state.phase !== 'running'
  }

  /** Ops without an answer. */
  get unanswered(): number {
    let count = this.#state.phase === 'running' ? this.#state.ops : 0
    for (const queued of this.#queue) if (queued.kind === 'op') count++
    return count
  }

  /** When the oldest op without an answer arrived; undefined: none. */
  get oldestOp(): number | undefined {
    return this.#state.phase === 'running' ? this.#state.at : this.#queue.find(queued => queued.kind === 'op')?.at
  }

  /** Ms for which there have been more unanswered ops than a client may pipeline (L4). */
  floodedFor(now: number): number {
    return this.#floodSince === undefined ? 0 : now - this.#floodSince
  }

  /** `welcome` is sent: begin (T7). */
  start(): void {
    if (this.#state.phase !== 'waiting') return
    this.#state = { phase: 'ready' }
    this.pump()
  }

  stop(): void {
    if (this.#state.phase === 'limited' || this.#state.phase === 'held') this.#state.cancel()
    this.#state = { phase: 'stopped' }
    this.#queue = []
  }

  /** While choked no further frame is taken (L3). */
  choke(on: boolean): void {
    this.#choked = on
    if (!on) this.pump()
  }

  /** @param at when they arrived */
  add(items: readonly Incoming[], at: number): void {
    if (this.#state.phase === 'stopped') return
    for (const item of items) {
      if (item.kind === 'op' || item.kind === 'refused-op') this.#queue.push({ kind: 'op', item, at, paid: false, fate: undefined })
      else this.#queue.push({ kind: 'other', item })
    }
    this.pump()
  }

  pump(): void {
    while (this.#state.phase === 'ready' && !this.#choked) {
      const next = this.#queue[0]
      if (!next) break
      if (next.kind === 'op') {
        this.#startRun()
        continue
      }
      this.#queue.shift()
      this.#host.handle(next.item)
    }
    if (this.#state.phase === 'held') this.#readOn()
    if (this.#state.phase !== 'stopped') this.#measure()
  }

  /** Reads go on while ops are held (S4): they depend on none of them. */
  #readOn(): void {
    if (this.#choked) return
    const others = this.#queue.filter(queued => queued.kind === 'other')
    if (others.length === 0) return
    this.#queue = this.#queue.filter(queued => queued.kind === 'op')
    for (const { item } of others) this.#host.handle(item)
  }

  #measure(): void {
    if (this.unanswered <= limits.pipeline) this.#floodSince = undefined
    else this.#floodSince ??= this.#host.now()
    this.#host.reviewFlow()
  }

  #startRun(): void {
    const { status } = this.#gate
    if (status !== 'ok' && this.#told === 'ok') return this.#hold(status)
    const run: QueuedOp[] = []
    const bucket = this.#host.bucket()
    for (let next = this.#queue[0]; next?.kind === 'op' && run.length < limits.pipeline; next = this.#queue[0]) {
      if (!next.paid && !bucket.take()) break
      next.paid = true
      run.push(next)
      this.#queue.shift()
    }
    this.#starved = run.length < limits.pipeline && this.#queue[0]?.kind === 'op'
    if (run.length === 0) return this.#limit()
    this.#state = { phase: 'running', ops: run.length, at: run[0]!.at }
    this.#issue(run)
  }

  /** All in this turn: that is what makes them one run for the store. */
  #issue(ops: readonly QueuedOp[]): void {
    const run = new Run(ops, () => this.#finishRun(ops))
    for (let place = 0; place < ops.length; place++) {
      const { item } = ops[place]!
      if (item.kind === 'op') this.#host.settle(item.op, run, place)
      else run.settled(place, { kind: 'answered', frame: rejectionOf(item) })
    }
    // Nothing of it went to the store.
    if (run.settledAll) queueMicrotask(() => run.goOn())
  }

  /** Answers leave together, so that they share a message. */
  #finishRun(run: readonly QueuedOp[]): void {
    if (this.#state.phase !== 'running') return
    const refused: QueuedOp[] = []
    const now = this.#host.now()
    let trouble: Trouble | undefined
    for (const queued of run) {
      const { fate } = queued
      if (fate === undefined || fate.kind === 'unknown') return this.#host.fateUnknown()
      if (fate.kind === 'refused') trouble = fate.status
      // What needs no store stays behind a refused op all the same: answers keep the order of arrival.
      if (fate.kind === 'refused' || (refused.length > 0 && queued.item.kind === 'refused-op')) refused.push(queued)
      else this.#serve(queued, fate.frame, now)
    }
    if (trouble) {
      this.#queue.unshift(...refused)
      return this.#hold(trouble)
    }
    this.#tell('ok')
    this.#state = { phase: 'ready' }
    this.pump()
  }

  #serve({ at }: QueuedOp, frame: AckFrame | RejectFrame, now: number): void {
    this.#host.answer(frame)
    this.#host.served(at, now)
  }

  #limit(): void {
    const cancel = this.#host.bucket().wait(() => {
      const next = this.#queue[0]
      if (next?.kind === 'op') next.paid = true
      this.#state = { phase: 'ready' }
      this.pump()
    })
    this.#state = { phase: 'limited', cancel }
  }

  #hold(status: Trouble): void {
    this.#tell(status)
    const cancel = this.#gate.wait({
      retry: () => {
        this.#state = { phase: 'ready' }
        this.pump()
      },
      changed: next => this.#tell(next),
    }, status)
    this.#state = { phase: 'held', cancel }
    this.pump()
  }

  #tell(status: StoreStatus): void {
    if (status === this.#told) return
    this.#told = status
    this.#host.answer({ type: 'status', store: status })
  }
}
