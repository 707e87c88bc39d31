/** What went wrong for receivers: all must be 0. */
export interface Faults { lost: number, doubled: number, reordered: number, mixed: number }

export const noFaults = (): Faults => ({ lost: 0, doubled: 0, reordered: 0, mixed: 0 })
export const faultCount = ({ lost, doubled, reordered, mixed }: Faults): number => lost + doubled + reordered + mixed

/** One receiver's view of one log: every seq after `from` must come once and in order. */
export class ReceiverCheck {
  #next: number
  /** Ascending, as they were added. */
  #holes: Set<number> | undefined
  /** Highest seq that came in a page. */
  #paged = 0
  readonly #faults: Faults

  /** @param from last seq that the receiver had when it began */
  constructor(from: number, faults: Faults) {
    this.#next = from + 1
    this.#faults = faults
  }

  /** Last seq up to which everything has come, or the last one before the first hole. */
  get cursor(): number {
    return (this.#holes?.values().next().value ?? this.#next) - 1
  }

  /** The whole run `first`…`last`, as it is when nothing is wrong, costs one comparison. */
  receiveRun(first: number, last: number): void {
    if (first === this.#next) {
      this.#next = last + 1
      return
    }
    for (let seq = first; seq <= last; seq++) this.receive(seq)
  }

  receive(seq: number): void {
    if (seq === this.#next) {
      this.#next = seq + 1
      return
    }
    if (seq < this.#next) {
      if (this.#holes?.delete(seq)) this.#faults.reordered += 1
      else if (seq > this.#paged) this.#faults.doubled += 1
      return
    }
    this.#skipTo(seq)
  }

  /**
   * An event of a page that was asked for, after events had been withheld from a slow reader (L3): it fills a hole by right, and it may
   * overlap what is pushed, on either side.
   */
  fill(seq: number): void {
    if (seq > this.#paged) this.#paged = seq
    if (seq >= this.#next) this.#skipTo(seq)
    else this.#holes?.delete(seq)
  }

  #skipTo(seq: number): void {
    if (seq > this.#next) this.#holes ??= new Set()
    for (let missing = this.#next; missing < seq; missing++) this.#holes?.add(missing)
    this.#next = seq + 1
  }

  /** Counts as lost what has not come up to `head`. */
  finish(head: number): void {
    this.#faults.lost += (this.#holes?.size ?? 0) + Math.max(0, head + 1 - this.#next)
  }
}

/** What the receivers of one conversation agree on: which op has which seq. */
export class RoomLedger {
  readonly #base: number
  readonly #ops: number[] = []
  readonly #faults: Faults
  /** Highest seq that was acknowledged or delivered. */
  head: number

  constructor(base: number, faults: Faults) {
    this.#base = base
    this.head = base
    this.#faults = faults
  }

  /** An ack or an event says that op `index` has `seq`; every other word about that seq must say the same. */
  note(seq: number, index: number): void {
    if (seq > this.head) this.head = seq
    const place = seq - this.#base
    const known = this.#ops[place]
    if (known === undefined) this.#ops[place] = index
    else if (known !== index) this.#faults.mixed += 1
  }

  /** Ops that stand in the log twice; call at the end. */
  finish(): void {
    const seen = new Set<number>()
    for (const index of this.#ops) {
      if (index === undefined) continue
      if (seen.has(index)) this.#faults.doubled += 1
      seen.add(index)
    }
  }
}
