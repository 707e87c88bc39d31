import { changedRow, noticeRow, rowOfEvent } from '#parley/client/rows.ts'
import type { ChangeEvent, ConfirmedMessage, ConfirmedRow } from '#parley/client/rows.ts'
import type { LogEvent } from '#parley/shared/model.ts'

/** Delivery of own messages: seqs up to which all others hold, or have read, them. */
export interface Watermarks { delivered: number, read: number }

export interface UnreadCounts { unread: number, mentions: number }

/**
 * The confirmed rows that a timeline holds: a contiguous stretch of the log, `from` … `to`. Attached, it ends where the log ends and
 * grows with it; detached (after a jump, or when far rows were dropped below), it keeps its end and only what it holds is kept current.
 */
export class TimelineWindow {
  readonly #account: string
  #rows: ConfirmedRow[] = []
  #from: number
  /** Undefined = attached. */
  #to: number | undefined
  #marks: Watermarks = { delivered: 0, read: 0 }
  /** The last count of unread rows, with what it accounts for; gone when rows change otherwise than by growing at the end. */
  #counted: { readSeq: number, to: number, counts: UnreadCounts } | undefined

  constructor(account: string, from: number) {
    this.#account = account
    this.#from = from
  }

  get rows(): readonly ConfirmedRow[] {
    return this.#rows
  }

  /** Lowest seq that the window accounts for: everything from here on is either a row or changes one. */
  get from(): number {
    return this.#from
  }

  /** Last seq of a detached window. */
  get to(): number | undefined {
    return this.#to
  }

  get attached(): boolean {
    return this.#to === undefined
  }

  at(seq: number): ConfirmedRow | undefined {
    const index = this.#indexOf(seq)
    const row = this.#rows[index]
    return row?.seq === seq ? row : undefined
  }

  /** Others' messages above a read position, as far as they are held. Goes on from the last count: a busy room asks at every event. */
  unreadAbove(readSeq: number, isBlocked: (user: string) => boolean = () => false): UnreadCounts {
    const known = this.#counted?.readSeq === readSeq ? this.#counted : { readSeq, to: readSeq, counts: { unread: 0, mentions: 0 } }
    let { unread, mentions } = known.counts
    for (let index = this.#rows.length - 1; index >= 0; index--) {
      const row = this.#rows[index]!
      if (row.seq <= known.to) break
      if (row.kind !== 'message' || row.mine || row.deletedAt !== undefined) continue
      unread++
      if (row.mentions?.includes(this.#account) === true && !isBlocked(row.sender)) mentions++
    }
    this.#counted = { readSeq, to: Math.max(known.to, this.#rows.at(-1)?.seq ?? 0), counts: { unread, mentions } }
    return { unread, mentions }
  }

  /**
   * Applies a committed event. A row that is already there stays: it came from a page that knew later events too (R12).
   * @returns whether anything shown changed
   */
  apply(event: LogEvent): boolean {
    if (event.kind === 'edit' || event.kind === 'delete' || event.kind === 'reaction') return this.#change(event)
    if (event.seq < this.#from || (this.#to !== undefined && event.seq > this.#to)) return false
    const row = event.kind === 'message' ? rowOfEvent(event, this.#account) : noticeRow(event, this.#account)
    return this.#insert([row])
  }

  /** Joins a page of history above the window. */
  extendUp(rows: readonly ConfirmedRow[], from: number): void {
    this.#insert(rows.filter(row => row.seq >= from))
    this.#from = Math.min(this.#from, from)
  }

  /** Joins a page of history below a detached window; `to` undefined when the page reached the head. */
  extendDown(rows: readonly ConfirmedRow[], to: number | undefined): void {
    this.#insert(rows)
    this.#to = to
  }

  replace(rows: readonly ConfirmedRow[], from: number, to: number | undefined): void {
    this.#counted = undefined
    this.#rows = []
    this.#from = from
    this.#to = to
    this.#insert(rows)
  }

  /** Keeps at most `most` rows by letting go of the oldest; history brings them back on scroll. */
  dropOldest(most: number): void {
    if (this.#rows.length <= most) return
    this.#counted = undefined
    this.#rows = this.#rows.slice(-most)
    this.#from = this.#rows[0]!.seq
  }

  /** Keeps at most `most` rows by letting go of the newest: the window is then detached. */
  dropNewest(most: number): void {
    if (this.#rows.length <= most) return
    this.#counted = undefined
    this.#rows = this.#rows.slice(0, most)
    this.#to = this.#rows.at(-1)!.seq
  }

  /** Own rows move forward with what the others hold; never back (U-D1). */
  mark(marks: Watermarks): boolean {
    const next = { delivered: Math.max(this.#marks.delivered, marks.delivered, marks.read), read: Math.max(this.#marks.read, marks.read) }
    const low = Math.min(this.#marks.delivered, this.#marks.read)
    const moved = next.delivered > this.#marks.delivered || next.read > this.#marks.read
    this.#marks = next
    if (!moved) return false
    let changed = false
    for (let index = this.#rows.length - 1; index >= 0; index--) {
      const row = this.#rows[index]!
      if (row.seq <= low) break
      const marked = this.#marked(row)
      if (marked === row) continue
      this.#rows[index] = marked
      changed = true
    }
    return changed
  }

  #change(event: ChangeEvent): boolean {
    const index = this.#indexOf(event.target)
    const row = this.#rows[index]
    if (row?.seq !== event.target || row.kind !== 'message') return false
    const changed = changedRow(row, event)
    if (changed === row) return false
    this.#counted = undefined
    this.#rows[index] = changed
    return true
  }

  #insert(rows: readonly ConfirmedRow[]): boolean {
    const fresh = rows.filter(row => this.at(row.seq) === undefined).map(row => this.#marked(row))
    if (fresh.length === 0) return false
    const inOrder = fresh.length === 1 || fresh.every((row, index) => index === 0 || fresh[index - 1]!.seq < row.seq)
    if (inOrder && fresh[0]!.seq > (this.#rows.at(-1)?.seq ?? 0)) {
      this.#rows.push(...fresh)
      return true
    }
    this.#counted = undefined
    this.#rows = [...this.#rows, ...fresh].sort((a, b) => a.seq - b.seq).filter((row, index, all) => all[index - 1]?.seq !== row.seq)
    return true
  }

  #marked(row: ConfirmedRow): ConfirmedRow {
    if (row.kind !== 'message' || !row.mine) return row
    const state: ConfirmedMessage['state'] = row.seq <= this.#marks.read ? 'read' : row.seq <= this.#marks.delivered ? 'delivered' : 'sent'
    return row.state === state ? row : { ...row, state }
  }

  #indexOf(seq: number): number {
    let low = 0
    let high = this.#rows.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#rows[middle]!.seq < seq) low = middle + 1
      else high = middle
    }
    return low
  }
}
