import type { LogEvent } from '#parley/shared/model.ts'

/** Events beyond a hole that are kept until it is filled; what is over it comes again by sync. */
const holdLimit = 512

export type Reception = 'applied' | 'duplicate' | 'held'

/**
 * The client rule of PROTOCOL 6 for one conversation: takes events in any order and multiplicity, gives each out once, in `seq` order.
 * ```
 *   seq ≤ cursor → duplicate     seq = cursor + 1 → given out, then what was held behind it     seq > cursor + 1 → held, hole: sync
 * ```
 * An unplaced cursor (a conversation just joined, seen first by an event) starts at the first event it meets.
 */
export class LogCursor {
  #cursor: number | undefined
  #tip: string | null | undefined
  readonly #held = new Map<number, LogEvent>()
  /**
   * While a sync is under way: live events that look old, or lie beyond a hole. Its answer may be a reset to a head below them, and
   * nobody will send them again (R12, R16).
   */
  #doubted: LogEvent[] | undefined

  /** Last seq up to which every event was given out; undefined until placed. */
  get cursor(): number | undefined {
    return this.#cursor
  }

  /** The cid at the cursor, for the server to compare (Y2); undefined when not known. */
  get tip(): string | null | undefined {
    return this.#tip
  }

  /** A hole lies between the cursor and what is held. */
  get broken(): boolean {
    return this.#held.size > 0
  }

  get held(): Iterable<LogEvent> {
    return this.#held.values()
  }

  place(cursor: number, tip: string | null | undefined): void {
    this.#cursor = cursor
    this.#tip = tip
    for (const seq of this.#held.keys()) if (seq <= cursor) this.#held.delete(seq)
  }

  unplace(): void {
    this.#cursor = undefined
    this.#tip = undefined
    this.#held.clear()
  }

  /** Takes one event; `give` gets every event that is now in its turn. */
  take(event: LogEvent, give: (event: LogEvent) => void): Reception {
    this.#cursor ??= event.seq - 1
    if (event.seq <= this.#cursor) {
      this.#keepDoubted(event)
      return 'duplicate'
    }
    if (event.seq > this.#cursor + 1) {
      this.#keepDoubted(event)
      if (this.#held.size < holdLimit) this.#held.set(event.seq, event)
      return 'held'
    }
    this.#give(event, give)
    this.drain(give)
    return 'applied'
  }

  /** Gives out what is held and has come into its turn. */
  drain(give: (event: LogEvent) => void): void {
    for (;;) {
      const next = this.#cursor === undefined ? undefined : this.#held.get(this.#cursor + 1)
      if (next === undefined) return
      this.#held.delete(next.seq)
      this.#give(next, give)
    }
  }

  /** A sync begins or ends. */
  doubt(on: boolean): void {
    this.#doubted = on ? [] : undefined
  }

  /** The history was replaced: the cursor stands at the new head, and doubted live events are judged afresh. */
  reset(head: number, tip: string | null, give: (event: LogEvent) => void): void {
    const doubted = this.#doubted ?? []
    this.#doubted = undefined
    this.#held.clear()
    this.#cursor = head
    this.#tip = tip
    for (const event of doubted) this.take(event, give)
  }

  #keepDoubted(event: LogEvent): void {
    if (this.#doubted !== undefined && this.#doubted.length < holdLimit) this.#doubted.push(event)
  }

  #give(event: LogEvent, give: (event: LogEvent) => void): void {
    this.#cursor = event.seq
    this.#tip = event.cid
    give(event)
  }
}
