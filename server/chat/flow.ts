import type { ChatContext } from '#parley/server/chat/context.ts'
import type { ServerSocket } from '#parley/server/chat/ports.ts'

/** Why the server does not read from a socket now: the user's rate (L4), the store (S4), the send budget (L3), too many frames in hand (S7), shutdown (L5). */
export type PauseReason = 'rate' | 'store' | 'budget' | 'backlog' | 'drain'

/** A set of reasons in one number: there is one for each connection, and most are empty for ever. */
const bits: Record<PauseReason, number> = { rate: 1, store: 2, budget: 4, backlog: 8, drain: 16 }

/**
 * ```
 * reading ──first reason──► paused ──30 s──► breathing ──next beat──► paused
 *    ▲                        │ last reason gone │
 *    └────────────────────────┴──────────────────┘
 * ```
 */
type FlowState
  = | { phase: 'reading' }
    | { phase: 'paused', since: number }
    /** Reads for one beat: a paused socket sees no FIN and no RST, so a peer that died meanwhile would stay for ever. */
    | { phase: 'breathing', since: number }

/** Flow control of one connection: the socket is read while no reason speaks against it. */
export class Flow {
  readonly #socket: ServerSocket
  readonly #context: ChatContext
  #reasons = 0
  #state: FlowState = { phase: 'reading' }
  #pausedBefore = 0

  constructor(socket: ServerSocket, context: ChatContext) {
    this.#socket = socket
    this.#context = context
  }

  get held(): boolean {
    return this.#reasons !== 0
  }

  has(reason: PauseReason): boolean {
    return (this.#reasons & bits[reason]) !== 0
  }

  set(reason: PauseReason, on: boolean): void {
    this.#reasons = on ? this.#reasons | bits[reason] : this.#reasons & ~bits[reason]
    if (this.held && this.#state.phase === 'reading') this.#pause()
    else if (!this.held && this.#state.phase !== 'reading') this.#resume()
  }

  /** Called every beat. */
  beat(now: number): void {
    if (this.#state.phase === 'breathing') this.#pause()
    else if (this.#state.phase === 'paused' && now - this.#state.since >= this.#context.timing.floodLimit) {
      this.#resume()
      this.#state = { phase: 'breathing', since: now }
    }
  }

  /** Reads again, whatever the reasons: a close handshake needs the peer's answer. */
  release(): void {
    this.#reasons = 0
    if (this.#state.phase !== 'reading') this.#resume()
  }

  /** Ms in which the socket was not read, since it opened; they do not count as silence (L1). */
  pausedTotal(now: number): number {
    return this.#pausedBefore + (this.#state.phase === 'paused' ? now - this.#state.since : 0)
  }

  #pause(): void {
    this.#state = { phase: 'paused', since: this.#context.clock.monotonic() }
    this.#socket.pause()
  }

  #resume(): void {
    if (this.#state.phase === 'paused') {
      this.#pausedBefore += this.#context.clock.monotonic() - this.#state.since
      this.#socket.resume()
    }
    this.#state = { phase: 'reading' }
  }
}
