import type { ChatContext } from '#parley/server/chat/context.ts'
import type { Flow } from '#parley/server/chat/flow.ts'

/**
 * Signs of life of one peer (L1, L2). Only its own frames count: a frozen browser tab still answers the protocol's pings, so those
 * prove nothing.
 */
export class Liveness {
  readonly #context: ChatContext
  readonly #flow: Flow
  #heardAt: number
  #pausedAtHeard = 0
  #pingedAt: number
  #pingAt: number

  constructor(context: ChatContext, flow: Flow) {
    const now = context.clock.monotonic()
    this.#context = context
    this.#flow = flow
    this.#heardAt = now
    this.#pingedAt = now
    this.#pingAt = this.#nextPing(now)
  }

  heard(now: number): void {
    this.#heardAt = now
    this.#pausedAtHeard = this.#flow.pausedTotal(now)
  }

  /** Ms without a frame from the peer, less the time in which nobody listened. */
  silence(now: number): number {
    return now - this.#heardAt - (this.#flow.pausedTotal(now) - this.#pausedAtHeard)
  }

  /**
   * Whether to send `ping` now; a true answer counts as sent.
   *
   * @param busy the connection is paused or an op of it has waited: without pings the client would take it for dead (L2)
   */
  takePing(now: number, busy: boolean): boolean {
    const due = now >= this.#pingAt || (busy && now - this.#pingedAt >= this.#context.timing.busyPing)
    if (!due) return false
    this.#pingedAt = now
    this.#pingAt = this.#nextPing(now)
    return true
  }

  #nextPing(now: number): number {
    const { timing, random } = this.#context
    return now + timing.heartbeatInterval * (1 + timing.heartbeatJitter * (2 * random.next() - 1))
  }
}
