import type { OutboxEntry } from '#parley/client/outbox.ts'
import { overlaidRow, rowOfEntry, rowOfEvent } from '#parley/client/rows.ts'
import type { ConfirmedRow } from '#parley/client/rows.ts'
import type { MessageRow, Row } from '#parley/client/types.ts'
import type { LogEvent } from '#parley/shared/model.ts'

/** What the rows of a snapshot are made of. */
export interface RowSources {
  confirmed: readonly ConfirmedRow[]
  /** Events beyond a hole. */
  held: Iterable<LogEvent>
  /** Whether the confirmed rows have one with this seq. */
  holds(seq: number): boolean
  /** Own ops that are not confirmed, in order. */
  pending: readonly OutboxEntry[]
}

const same = (a: readonly OutboxEntry[], b: readonly OutboxEntry[]): boolean => a.length === b.length && a.every((entry, index) => entry === b[index])

/**
 * The rows of a timeline in display order. A row whose sources did not change is the object it was, however often it is asked for: in a
 * burst the view draws what is new and nothing else.
 */
export class ShownRows {
  readonly #account: string
  readonly #own = new WeakMap<OutboxEntry, MessageRow>()
  readonly #overlaid = new WeakMap<MessageRow, { entries: readonly OutboxEntry[], row: MessageRow }>()

  constructor(account: string) {
    this.#account = account
  }

  rows(sources: RowSources): Row[] {
    return [...this.#confirmed(sources), ...this.#aboveHole(sources), ...this.#unsent(sources)]
  }

  #confirmed({ confirmed, pending }: RowSources): readonly Row[] {
    const changes = new Map<number, OutboxEntry[]>()
    for (const entry of pending) {
      if (entry.op.type !== 'send') changes.set(entry.op.target, [...changes.get(entry.op.target) ?? [], entry])
    }
    if (changes.size === 0) return confirmed
    return confirmed.map((row) => {
      const entries = changes.get(row.seq)
      return entries === undefined || row.kind !== 'message' ? row : this.#withChanges(row, entries)
    })
  }

  #withChanges(row: MessageRow, entries: readonly OutboxEntry[]): MessageRow {
    const known = this.#overlaid.get(row)
    if (known !== undefined && same(known.entries, entries)) return known.row
    const shown = overlaidRow(row, entries, this.#account)
    this.#overlaid.set(row, { entries, row: shown })
    return shown
  }

  /** Own messages that were acknowledged above a hole (R8). */
  #aboveHole({ held, holds }: RowSources): Row[] {
    const rows: Row[] = []
    for (const event of [...held].sort((a, b) => a.seq - b.seq)) {
      if (event.kind === 'message' && event.sender === this.#account && !holds(event.seq)) rows.push({ ...rowOfEvent(event, this.#account), state: 'sent' })
    }
    return rows
  }

  #unsent({ pending }: RowSources): Row[] {
    return pending.flatMap((entry) => {
      const row = this.#own.get(entry) ?? rowOfEntry(entry, this.#account)
      if (row === undefined) return []
      this.#own.set(entry, row)
      return [row]
    })
  }
}
