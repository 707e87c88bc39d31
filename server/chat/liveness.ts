import type { Timing } from '#parley/server/chat/context.ts'

interface LivenessOptions {
  timing: Timing
  /** In [0, 1). */
  random: () => number
  /** Ms, since the connection opened, in which the socket was not read. */
  pausedTotal: (now: number) => number
  now: number
}

/**
 * Signs of life of one peer (L1, L2). Only its own frames count: a frozen browser tab still answers the protocol's pings, so those
 * prove nothing.
 */
export class Liveness {
  readonly #options: LivenessOptions
  #heardAt: number
  #pausedAtHeard = 0
  #pingedAt: number
  #pingAt: number

  constructor(options: LivenessOptions) {
    this.#options = options
    this.#heardAt = options.now
    this.#pingedAt = options.now
    this.#pingAt = this.#nextPing(options.now)
  }

  heard(now: number): void {
    this.#heardAt = now
    this.#pausedAtHeard = this.#options.pausedTotal(now)
  }

  /** Ms without a frame from the peer, less the time in which nobody listened. */
  silence(now: number): number {
    return now - this.#heardAt - (this.#options.pausedTotal(now) - this.#pausedAtHeard)
  }

  /**
   * Whether to send `ping` now; a true answer counts as sent.
   *
   * @param busy the connection is paused or an op of it has waited: without pings the client would take it for dead (L2)
   */
  takePing(now: number, busy: boolean): boolean {
    const due = now >= this.#pingAt || (busy && now - this.#pingedAt >= this.#options.timing.busyPing)
    if (!due) return false
    this.#pingedAt = now
    this.#pingAt = this.#nextPing(now)
    return true
  }

  #nextPing(now: number): number {
    const { timing, random } = this.#options
    return now + timing.heartbeatInterval * (1 + timing.heartbeatJitter * (2 * random() - 1))
  }
}
