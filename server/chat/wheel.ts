import type { Clock } from '#parley/server/chat/ports.ts'

export interface Beating { beat(now: number): void }

/** Parts that take turns; with eight, a node with 10,000 connections looks at 1,250 of them at a time and never stalls. */
const slots = 8

/**
 * The heartbeat of all connections on one timer: each is looked at once a round. A timer per connection would cost a node with
 * thousands of them more than the messages do.
 */
export class Wheel {
  readonly #clock: Clock
  readonly #step: number
  readonly #slots: Set<Beating>[] = Array.from({ length: slots }, () => new Set<Beating>())
  readonly #onRound: (now: number) => void
  #next = 0
  #joined = 0
  #cancel: (() => void) | undefined

  /**
   * @param round ms between two looks at the same connection
   * @param onRound called once a round, after all were looked at
   */
  constructor(clock: Clock, round: number, onRound: (now: number) => void) {
    this.#clock = clock
    this.#step = round / slots
    this.#onRound = onRound
    this.#arm()
  }

  add(member: Beating): void {
    this.#slots[this.#joined++ % slots]!.add(member)
  }

  remove(member: Beating): void {
    for (const slot of this.#slots) if (slot.delete(member)) return
  }

  dispose(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #arm(): void {
    this.#cancel = this.#clock.timer(() => {
      this.#arm()
      this.#turn()
    }, this.#step)
  }

  #turn(): void {
    const now = this.#clock.monotonic()
    for (const member of [...this.#slots[this.#next]!]) member.beat(now)
    this.#next = (this.#next + 1) % slots
    if (this.#next === 0) this.#onRound(now)
  }
}
