import { LogCursor } from '#parley/client/log-cursor.ts'
import type { Reception } from '#parley/client/log-cursor.ts'
import type { OutboxEntry } from '#parley/client/outbox.ts'
import { noticeRow, rowOfMessage } from '#parley/client/rows.ts'
import type { ConfirmedRow } from '#parley/client/rows.ts'
import { ShownRows } from '#parley/client/shown-rows.ts'
import { TimelineWindow } from '#parley/client/timeline-window.ts'
import type { Watermarks } from '#parley/client/timeline-window.ts'
import type { TimelineSnapshot } from '#parley/client/types.ts'
import type { HistoryResponse } from '#parley/shared/http.ts'
import type { LogEvent } from '#parley/shared/model.ts'

/** Rows held of one conversation: enough for hours of reading, little enough for a phone. Letting go happens in steps, not per row. */
const mostRows = 1_000
const slack = 200

export type HistoryDirection = 'newest' | 'older' | 'newer' | 'around'

/** A request for history under way; it lands only if the rows have not been replaced meanwhile (R12). */
export interface HistoryFlight { direction: HistoryDirection, generation: number }

/** What the device keeps of a timeline: every event from `from` to `cursor` applied. */
export interface KeptTimeline { from: number, cursor: number, tip: string | null | undefined, rows: readonly ConfirmedRow[] }

/**
 * What became of a page: `late` = the rows it was meant for are gone; `stale` = it was read before events that are not held, so it
 * would leave a hole and is to be asked for again; `leapt` = put in, and the cursor passed over events that were never given out one
 * by one, so that counts made from events are in doubt.
 */
export type Landing = 'put' | 'leapt' | 'late' | 'stale'

export interface TimelineOptions {
  conversation: string
  account: string
  /** Own ops of this conversation that are not confirmed, in order. */
  pending(): readonly OutboxEntry[]
  /** An event came into its turn: exactly once per seq, in order. */
  applied(event: LogEvent): void
  changed(): void
}

/**
 * One conversation on this device: the log applied up to the cursor, shown through a bounded window of rows, with the own
 * unconfirmed ones behind (U-D4). Pages, live events and acks may come in any order and more than once; the rows converge to the log.
 */
export class Timeline {
  readonly conversation: string
  readonly #options: TimelineOptions
  readonly #log = new LogCursor()
  readonly #shown: ShownRows
  #window: TimelineWindow
  #generation = 0
  #gapBefore: number | undefined
  #missing = false
  /** The last request for a first page failed. */
  #failed = false
  #atEnd = true
  readonly #flights = new Set<HistoryFlight>()
  /** Events applied while history is on its way: a page read before them must have them applied again (R12). */
  #duringFlight: LogEvent[] = []
  #snapshot: TimelineSnapshot | undefined

  constructor(options: TimelineOptions) {
    this.#options = options
    this.conversation = options.conversation
    this.#shown = new ShownRows(options.account)
    this.#window = new TimelineWindow(options.account, Number.MAX_SAFE_INTEGER)
  }

  get cursor(): number | undefined {
    return this.#log.cursor
  }

  get tip(): string | null | undefined {
    return this.#log.tip
  }

  get broken(): boolean {
    return this.#log.broken
  }

  get window(): TimelineWindow {
    return this.#window
  }

  /** Rows worth catching up for; without them the cursor may simply leap to the head. */
  get loaded(): boolean {
    return this.#window.rows.length > 0 || this.#window.from === 1
  }

  /** Takes a live event, one of a page, or an own op that was acknowledged (PROTOCOL 6). */
  receive(event: LogEvent): Reception {
    if (this.#log.cursor === undefined) this.place(event.seq - 1, undefined)
    const reception = this.#log.take(event, given => this.#give(given))
    if (reception === 'held' && event.sender === this.#options.account) this.touch()
    return reception
  }

  /** Starts following at the head without holding rows. */
  place(head: number, tip: string | null | undefined): void {
    this.#log.place(head, tip)
    this.#window.replace([], head + 1, undefined)
    this.#log.drain(given => this.#give(given))
    this.touch()
  }

  /** A sync of this conversation is under way or over. */
  syncing(on: boolean): void {
    this.#log.doubt(on)
  }

  /** The history is another, or too far ahead to pull (Y2): shows the newest page, with a gap above it that fills on scroll. */
  reset(events: readonly LogEvent[], head: number): void {
    this.#generation++
    this.#flights.clear()
    const from = events[0]?.seq ?? head + 1
    this.#window.replace([], from, undefined)
    for (const event of events) this.#window.apply(event)
    this.#gapBefore = from > 1 ? this.#window.rows[0]?.seq : undefined
    this.#log.reset(head, events.at(-1)?.cid ?? null, given => this.#give(given))
    this.touch()
  }

  /** Drops everything held; the next look loads it anew (W4). */
  forget(): void {
    this.reset([], 0)
    this.#gapBefore = undefined
    this.#log.unplace()
    this.#window.replace([], Number.MAX_SAFE_INTEGER, undefined)
  }

  /** Shows the page that a document came with; it stands for the log up to its head, as any page does (Y3). */
  begin(page: Omit<HistoryResponse, 'epoch'>): void {
    this.#place('newest', page)
    this.touch()
  }

  /**
   * Shows what an earlier page of this device kept, before any connection. What is here already stays if it has come further; where both
   * have come as far, what was kept above it joins on.
   */
  restore(kept: KeptTimeline): void {
    const { cursor } = this.#log
    if (cursor !== undefined && (kept.cursor < cursor || this.#log.broken)) return
    if (cursor === kept.cursor) {
      if (!this.#window.attached) return
      this.#window.extendUp(kept.rows, kept.from)
    }
    else {
      this.#log.place(kept.cursor, kept.tip)
      this.#window.replace(kept.rows, kept.from, undefined)
    }
    this.touch()
  }

  /** The newest rows, for the device to keep; undefined when there is nothing that a later page could go on from. */
  keep(most: number): KeptTimeline | undefined {
    if (this.#log.cursor === undefined || !this.#window.attached || !this.loaded) return undefined
    const rows = this.#window.rows.slice(-most)
    const from = rows.length < this.#window.rows.length ? rows[0]!.seq : this.#window.from
    return { from, cursor: this.#log.cursor, tip: this.#log.tip, rows }
  }

  /** Whether the reader follows the newest rows. If not, what is too many goes at that end, and not from under their eyes (U-S2). */
  setAtEnd(atEnd: boolean): void {
    this.#atEnd = atEnd
  }

  setMissing(missing: boolean): void {
    if (this.#missing === missing) return
    this.#missing = missing
    this.touch()
  }

  takeOff(direction: HistoryDirection): HistoryFlight | undefined {
    if (direction !== 'around' && this.#loading(direction)) return undefined
    if (direction === 'around' || direction === 'newest') this.#flights.clear() // both replace the rows: whatever else is on its way is for the old ones
    const flight = { direction, generation: this.#generation }
    this.#flights.add(flight)
    this.#failed = false
    this.touch()
    return flight
  }

  /** The request failed. */
  giveUp(flight: HistoryFlight): void {
    this.#failed = this.#flights.has(flight)
    this.#endFlight(flight)
  }

  /** A page of history arrived. */
  land(flight: HistoryFlight, page: HistoryResponse): Landing {
    const before = this.#log.cursor
    const since = this.#duringFlight.filter(event => event.seq > page.head)
    const late = !this.#flights.has(flight) || flight.generation !== this.#generation
    const stale = before !== undefined && before - page.head > since.length
    if (!late && !stale) {
      this.#place(flight.direction, page)
      for (const event of since) this.#window.apply(event)
    }
    this.#endFlight(flight)
    if (late) return 'late'
    if (stale) return 'stale'
    return before !== undefined && (this.#log.cursor ?? 0) > before ? 'leapt' : 'put'
  }

  mark(marks: Watermarks): void {
    if (this.#window.mark(marks)) this.touch()
  }

  /** Something shown differs from the last snapshot. */
  touch(): void {
    this.#snapshot = undefined
    this.#options.changed()
  }

  snapshot(): TimelineSnapshot {
    this.#snapshot ??= this.#take()
    return this.#snapshot
  }

  #give(event: LogEvent): void {
    if (this.#flights.size > 0) this.#duringFlight.push(event)
    if (this.#window.apply(event)) this.touch()
    if (this.#window.rows.length > mostRows + slack) {
      if (this.#atEnd) this.#window.dropOldest(mostRows)
      else this.#window.dropNewest(mostRows)
    }
    this.#options.applied(event)
  }

  #place(direction: HistoryDirection, page: Omit<HistoryResponse, 'epoch'>): void {
    const rows = this.#rowsOf(page)
    const from = page.before === undefined ? 1 : Math.min(page.before, rows[0]?.seq ?? page.before)
    const to = page.after === undefined ? undefined : Math.max(page.after, rows.at(-1)?.seq ?? 0)
    if (direction === 'older') {
      this.#gapBefore = undefined
      this.#window.extendUp(rows, from)
      if (this.#window.rows.length > mostRows + slack) this.#window.dropNewest(mostRows)
    }
    else if (direction === 'newer') {
      this.#window.extendDown(rows, to)
      if (this.#window.rows.length > mostRows + slack) this.#window.dropOldest(mostRows)
    }
    else {
      // The page is all there is now, read in one snapshot: it stands for the log up to its head (Y3).
      this.#generation++
      this.#gapBefore = undefined
      this.#window.replace(rows, from, to)
      if (page.head >= (this.#log.cursor ?? 0)) {
        this.#log.place(page.head, page.tip)
        this.#log.drain(given => this.#give(given))
      }
    }
  }

  #rowsOf(page: Pick<HistoryResponse, 'messages' | 'notices'>): ConfirmedRow[] {
    const { account } = this.#options
    return [...page.messages.map(message => rowOfMessage(message, account)), ...page.notices.map(event => noticeRow(event, account))]
      .sort((a, b) => a.seq - b.seq)
  }

  #endFlight(flight: HistoryFlight): void {
    this.#flights.delete(flight)
    if (this.#flights.size === 0) this.#duringFlight = []
    this.touch()
  }

  #loading(...directions: HistoryDirection[]): boolean {
    return [...this.#flights].some(flight => directions.includes(flight.direction))
  }

  #take(): TimelineSnapshot {
    const rows = this.#shown.rows({ confirmed: this.#window.rows, held: this.#log.held, holds: seq => this.#window.at(seq) !== undefined, pending: this.#options.pending() })
    const held = this.loaded || rows.length > 0
    const status = this.#missing ? 'missing' : held ? 'ready' : this.#loading('newest', 'around') ? 'loading' : this.#failed ? 'unavailable' : 'empty'
    return {
      conversation: this.conversation,
      rows,
      status,
      hasOlder: this.#window.from > 1 && !this.#missing,
      hasNewer: !this.#window.attached,
      loadingOlder: this.#loading('older'),
      loadingNewer: this.#loading('newer'),
      ...(this.#gapBefore === undefined ? {} : { gapBefore: this.#gapBefore }),
      generation: this.#generation,
    }
  }
}
