import { RoomLedger } from '#parley/bench/measure/delivery-check.ts'
import type { Faults } from '#parley/bench/measure/delivery-check.ts'

/** Events that came in one message, first seen by one receiver and then recognised by its bytes for the others. */
export interface SeenRun {
  bytes: Buffer
  first: number
  last: number
  indexes: readonly number[]
}

/** How many messages back receivers of one room may be apart and still share the work of reading. */
const remembered = 8

/** One conversation as its receivers here see it together. */
export class Room {
  readonly id: string
  readonly size: number
  #ledger: RoomLedger | undefined
  #recent: SeenRun[] = []

  constructor(id: string, size: number) {
    this.id = id
    this.size = size
  }

  get recent(): readonly SeenRun[] {
    return this.#recent
  }

  /** The ledger begins where the first receiver does. */
  ledger(head: number, faults: Faults): RoomLedger {
    this.#ledger ??= new RoomLedger(head, faults)
    return this.#ledger
  }

  get head(): number {
    return this.#ledger?.head ?? 0
  }

  remember(run: SeenRun): void {
    this.#recent.unshift(run)
    if (this.#recent.length > remembered) this.#recent.pop()
  }

  finish(): void {
    this.#ledger?.finish()
  }
}
