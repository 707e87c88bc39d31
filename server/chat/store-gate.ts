import type { StoreStatus } from '#parley/shared/protocol/index.ts'
import type { Clock } from '#parley/server/chat/ports.ts'

/** A connection that holds ops which the store would not take. */
export interface GateWaiter {
  /** Try the held ops again. */
  retry(): void
  /** The store's trouble changed. */
  changed(status: StoreStatus): void
}

const firstDelay = 100
const longestDelay = 1_000

type GateState
  = | { phase: 'open' }
    | { phase: 'shut', status: Exclude<StoreStatus, 'ok'>, delay: number, cancel: () => void }

/**
 * One view of the store's health for all connections (S4). While it refuses writes, one held connection at a time probes it, with
 * a growing delay; the first success lets all the others go. If each retried by itself, a thousand clients would hammer a full disk.
 */
export class StoreGate {
  readonly #clock: Clock
  readonly #waiters = new Set<GateWaiter>()
  #state: GateState = { phase: 'open' }

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get status(): StoreStatus {
    return this.#state.phase === 'open' ? 'ok' : this.#state.status
  }

  /**
   * Waits until the store is worth another try.
   *
   * @param status what the waiter was refused with; another's write may have passed since, and nobody would wake a waiter at an open gate
   * @returns what ends the wait
   */
  wait(waiter: GateWaiter, status: Exclude<StoreStatus, 'ok'>): () => void {
    this.#waiters.add(waiter)
    this.refused(status)
    return () => {
      this.#waiters.delete(waiter)
    }
  }

  /** A write was refused: known not to be committed. */
  refused(status: Exclude<StoreStatus, 'ok'>): void {
    if (this.#state.phase === 'open') {
      this.#state = { phase: 'shut', status, delay: firstDelay, cancel: this.#arm(firstDelay) }
      return
    }
    if (this.#state.status === status) return
    this.#state = { ...this.#state, status }
    for (const waiter of [...this.#waiters]) waiter.changed(status)
  }

  /** A write was taken. */
  passed(): void {
    if (this.#state.phase === 'open') return
    this.#open()
  }

  dispose(): void {
    if (this.#state.phase === 'shut') this.#state.cancel()
    this.#waiters.clear()
  }

  #open(): void {
    if (this.#state.phase === 'shut') this.#state.cancel()
    this.#state = { phase: 'open' }
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const waiter of waiters) waiter.retry()
  }

  #arm(delay: number): () => void {
    return this.#clock.timer(() => this.#probe(), delay)
  }

  /** Armed again at once: the one that probes may be gone before it writes, and then the next must try. */
  #probe(): void {
    if (this.#state.phase === 'open') return
    const first = this.#waiters.values().next().value
    if (!first) return this.#open()
    const delay = Math.min(longestDelay, this.#state.delay * 2)
    this.#state = { ...this.#state, delay, cancel: this.#arm(delay) }
    this.#waiters.delete(first)
    first.retry()
  }
}
