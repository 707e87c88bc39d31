import type { ServerSocket, WireMessage } from '#parley/server/chat/ports.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import { packMessages } from '#parley/server/chat/encoding.ts'
import type { EncodedFrames } from '#parley/server/chat/encoding.ts'
import type { Flushable, Flusher } from '#parley/server/chat/flusher.ts'

/**
 * How a frame fares when the peer is slow (L3): answers and settlements always go, events are withheld over 1 MiB, ephemerals dropped
 * over 256 KiB. A settlement is `ack`, `reject`, `status`, or the `error` of a bad frame; they keep the order of what they answer, and
 * leave behind the events of their turn: an ack that overtook the events below it would look like a hole, and the client would pull what
 * is on its way (R8).
 */
export type FrameClass = 'answer' | 'settlement' | 'event' | 'ephemeral'

const none: EncodedFrames[] = []

/** What the budget asks for now: nothing, an end (4003), or the heads that end a lag. */
export type BudgetVerdict = 'fine' | 'drained' | 'slow'

interface SendQueueServices { readonly context: ChatContext, readonly flusher: Flusher }

interface SendQueueOwner {
  /** Event bodies are withheld from now on: detaches the connection from its conversations. */
  lagged(): void
  /** More is buffered than the budget likes. */
  reviewBudget(): void
}

/**
 * ```
 * flowing ──over 1 MiB──► lagging ──drained──► healing ──heads queued──► flowing
 *                            ▲                    │
 *                            └── heads unreadable ┘       lagging or healing for 30 s, or over 4 MiB: slow
 * ```
 */
type Delivery = { phase: 'flowing' } | { phase: 'lagging' | 'healing', since: number }

/**
 * Frames on their way to one socket, and its send budget (L3). Frames queue up in a turn and leave as arrays (T3, T4). A socket
 * accepts whatever it is given and never reports a slow peer, so the budget is what keeps one paused reader from eating the memory of all.
 */
export class SendQueue implements Flushable {
  readonly #services: SendQueueServices
  readonly #owner: SendQueueOwner
  readonly #socket: ServerSocket
  #frames: EncodedFrames[] = none
  #settlements: EncodedFrames[] = none
  #bytes = 0
  #sent = 0
  #delivery: Delivery = { phase: 'flowing' }

  constructor(services: SendQueueServices, socket: ServerSocket, owner: SendQueueOwner) {
    this.#services = services
    this.#owner = owner
    this.#socket = socket
  }

  get buffered(): number {
    return this.#bytes + this.#socket.bufferedAmount
  }

  /** Bytes handed to the socket so far. */
  get sent(): number {
    return this.#sent
  }

  get lagging(): boolean {
    return this.#delivery.phase !== 'flowing'
  }

  /** @returns whether the frame will be sent */
  push(frames: EncodedFrames, kind: FrameClass): boolean {
    const { context: { budgets }, flusher } = this.#services
    if (kind === 'event' || kind === 'ephemeral') {
      const buffered = this.buffered
      if (kind === 'ephemeral' && (this.lagging || buffered > budgets.dropEphemeral)) return false
      if (kind === 'event') {
        if (!this.lagging && buffered + frames.bytes > budgets.withhold) this.startLag()
        if (this.lagging) return false
        this.#services.context.counters.deliveries += frames.count
      }
    }
    if (kind === 'settlement') this.#settlements = this.#append(this.#settlements, frames)
    else this.#frames = this.#append(this.#frames, frames)
    this.#bytes += frames.bytes
    flusher.mark(this)
    return true
  }

  /** An idle connection holds no list of its own. */
  #append(list: EncodedFrames[], frames: EncodedFrames): EncodedFrames[] {
    if (list === none) return [frames]
    list.push(frames)
    return list
  }

  flush(): void {
    if (this.#frames.length === 0 && this.#settlements.length === 0) return
    const frames = this.#inOrder()
    this.clear()
    if (frames.length === 1) this.#send(frames[0]!.message)
    else for (const message of packMessages(frames)) this.#send(message)
    if (this.#socket.bufferedAmount > this.#services.context.budgets.withhold) this.#owner.reviewBudget()
  }

  #send(message: WireMessage): void {
    const { counters } = this.#services.context
    counters.messages++
    counters.bytes += message.bytes
    this.#sent += message.bytes
    this.#socket.send(message)
  }

  #inOrder(): EncodedFrames[] {
    if (this.#settlements.length === 0) return this.#frames
    return this.#frames.length === 0 ? this.#settlements : this.#frames.concat(this.#settlements)
  }

  /** Treats the connection as over the budget: by its own bytes, or because all connections together hold too much (L3). */
  startLag(): void {
    if (this.lagging) return
    this.#delivery = { phase: 'lagging', since: this.#services.context.clock.monotonic() }
    this.#services.context.counters.lags++
    this.#owner.lagged()
  }

  /** The heads that make up for what was withheld are in the queue; events flow again. */
  endLag(): void {
    this.#delivery = { phase: 'flowing' }
  }

  /** The heads could not be read; the next review asks again. */
  retryLag(): void {
    if (this.#delivery.phase === 'healing') this.#delivery = { ...this.#delivery, phase: 'lagging' }
  }

  /** 'drained' comes once, until retryLag. */
  review(now: number): BudgetVerdict {
    const { budgets, timing: { lagLimit } } = this.#services.context
    const buffered = this.buffered
    if (buffered > budgets.terminate) return 'slow'
    if (this.#delivery.phase === 'flowing') {
      if (buffered > budgets.withhold) this.startLag()
      return 'fine'
    }
    if (this.#delivery.phase === 'lagging' && buffered <= budgets.dropEphemeral) {
      this.#delivery = { ...this.#delivery, phase: 'healing' }
      return 'drained'
    }
    return now - this.#delivery.since >= lagLimit ? 'slow' : 'fine'
  }

  /** Forgets what is not sent yet. */
  clear(): void {
    this.#frames = none
    this.#settlements = none
    this.#bytes = 0
  }
}
