import type { MessageRow, NoticeRow, Row } from '#parley/client/types.ts'

/** What a timeline shows, one element each: rows with their place in a group, and what stands between rows. */
export type DisplayItem = MessageItem | NoticesItem | SeparatorItem

export interface MessageItem {
  kind: 'message'
  /** The cid, for ever (U-D3). */
  key: string
  row: MessageRow
  day: string
  /** First of its group: carries the name. */
  first: boolean
  /** Last of its group: carries the avatar and the tail. */
  last: boolean
}

/** System events in a row; three and more are shown collapsed (U-T7). */
export interface NoticesItem {
  kind: 'notices'
  key: string
  rows: readonly NoticeRow[]
  day: string
}

export interface SeparatorItem {
  kind: 'day' | 'divider' | 'gap'
  key: string
  day: string
}

export interface DisplayOptions {
  dayOf: (at: number) => string
  /** The unread divider stands before the row with this cid. */
  dividerBefore?: string
  /** The marked hole stands before the row with this seq (Y2). */
  gapBefore?: number
}

export interface DisplayList {
  rows: readonly Row[]
  options: DisplayOptions
  items: readonly DisplayItem[]
  /** For each row, the index of the first item made for it. */
  starts: readonly number[]
}

/** U-T1: longer silences begin a new group. */
const groupGap = 5 * 60_000
/** One element never holds more notices than this, so that an expanded run of 10,000 joins stays a list of small elements. */
const noticesPerItem = 40

/**
 * The time that decides the day of a row. A row that is not acknowledged has the device's time; a device whose clock is behind would put
 * yesterday's separator under today's messages.
 */
function displayTime(rows: readonly Row[], index: number): number {
  let at = rows[index]?.at ?? 0
  for (let i = index; i > 0 && rows[i]?.seq === undefined; i--) at = Math.max(at, rows[i - 1]?.at ?? 0)
  return at
}

interface Emission { rows: readonly Row[], options: DisplayOptions, items: DisplayItem[], starts: number[] }

const breaksBefore = (row: Row, options: DisplayOptions): boolean =>
  options.dividerBefore === row.cid || (row.seq !== undefined && options.gapBefore === row.seq)

/** How a webhook wants a message of its bot to be shown. */
export const shownAs = ({ content }: MessageRow) => content?.type === 'text' ? content.as : undefined

/** U-T1: same sender, close in time, same day, nothing in between, and not an answer of its own. */
function joins(emission: Emission, index: number, day: string, nextDay: string): boolean {
  const above = emission.rows[index - 1]
  const row = emission.rows[index]
  if (above?.kind !== 'message' || row?.kind !== 'message') return false
  return above.sender === row.sender && shownAs(above)?.name === shownAs(row)?.name && day === nextDay && Math.abs(row.at - above.at) <= groupGap
    && row.replyTo === undefined && !breaksBefore(row, emission.options)
}

/** Emits the run of notices that begins at `from`; returns the index after it. */
function emitNotices(emission: Emission, from: number, to: number, day: string): number {
  const run: NoticeRow[] = []
  let index = from
  for (; index < to && run.length < noticesPerItem; index++) {
    const row = emission.rows[index]
    if (row === undefined || row.kind === 'message') break
    if (index > from && (breaksBefore(row, emission.options) || emission.options.dayOf(row.at) !== day)) break
    run.push(row)
  }
  if (run.length >= 3) {
    for (let i = from + 1; i < index; i++) emission.starts[i] = emission.items.length
    emission.items.push({ kind: 'notices', key: run[0]?.cid ?? '', rows: run, day })
    return index
  }
  run.forEach((row, place) => {
    if (place > 0) emission.starts[from + place] = emission.items.length
    emission.items.push({ kind: 'notices', key: row.cid, rows: [row], day })
  })
  return index
}

function emit(emission: Emission, from: number, to: number): void {
  const { rows, options, items, starts } = emission
  let above = from > 0 ? options.dayOf(displayTime(rows, from - 1)) : ''
  for (let index = from; index < to;) {
    const row = rows[index]
    if (row === undefined) return
    const day = options.dayOf(displayTime(rows, index))
    starts[index] = items.length
    if (day !== above) items.push({ kind: 'day', key: `day ${day} ${row.cid}`, day })
    if (row.seq !== undefined && options.gapBefore === row.seq) items.push({ kind: 'gap', key: `gap ${row.cid}`, day })
    if (options.dividerBefore === row.cid) items.push({ kind: 'divider', key: `divider ${row.cid}`, day })
    if (row.kind !== 'message') {
      index = emitNotices(emission, index, to, day)
    }
    else {
      const below = index + 1 < rows.length ? options.dayOf(displayTime(rows, index + 1)) : ''
      items.push({ kind: 'message', key: row.cid, row, day, first: !joins(emission, index, above, day), last: !joins(emission, index + 1, day, below) })
      index++
    }
    above = day
  }
}

const sameOptions = (a: DisplayOptions, b: DisplayOptions): boolean =>
  a.dayOf === b.dayOf && a.dividerBefore === b.dividerBefore && a.gapBefore === b.gapBefore

/** The last row up to which everything above is untouched: a message, because a run of notices may grow into what follows. */
function keptHead(rows: readonly Row[], shared: number): number {
  let head = shared - 1
  while (head > 0 && rows[head]?.kind !== 'message') head--
  return Math.max(head, 0)
}

/** The first row below which everything is untouched; `rows.length` when there is none. */
function keptTail(rows: readonly Row[], from: number): number {
  let tail = from
  while (tail < rows.length && (rows[tail]?.kind !== 'message' || rows[tail]?.seq === undefined)) tail++
  return tail
}

/**
 * Rows to display items. With the previous list only what lies between the first and the last changed row is made anew; the other items
 * keep their identity, so that their components do not render again.
 */
export function displayItems(rows: readonly Row[], options: DisplayOptions, previous?: DisplayList): DisplayList {
  const emission: Emission = { rows, options, items: [], starts: [] }
  if (previous === undefined || !sameOptions(previous.options, options)) {
    emit(emission, 0, rows.length)
    return emission
  }
  const old = previous.rows
  const shorter = Math.min(rows.length, old.length)
  let shared = 0
  while (shared < shorter && rows[shared] === old[shared]) shared++
  if (shared === rows.length && shared === old.length) return previous
  let sharedTail = 0
  while (sharedTail < shorter - shared && rows[rows.length - 1 - sharedTail] === old[old.length - 1 - sharedTail]) sharedTail++

  const head = keptHead(rows, shared)
  const tail = keptTail(rows, rows.length - sharedTail)
  emission.items = previous.items.slice(0, previous.starts[head] ?? 0)
  emission.starts = previous.starts.slice(0, head)
  emit(emission, head, Math.min(tail + 1, rows.length))
  const oldNext = tail + 1 - rows.length + old.length
  if (tail + 1 < rows.length) {
    const itemFrom = previous.starts[oldNext] ?? previous.items.length
    const moved = emission.items.length - itemFrom
    emission.items = emission.items.concat(previous.items.slice(itemFrom))
    emission.starts = emission.starts.concat(previous.starts.slice(oldNext).map(start => start + moved))
  }
  return emission
}

/** Index of the confirmed row with this seq in rows ascending by seq, or of the first one above it; the unconfirmed rows at the end count as above. */
export function indexOfSeq(rows: readonly Row[], seq: number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.seq ?? Infinity) < seq) low = middle + 1
    else high = middle
  }
  return low
}

/** The row with exactly this seq, if it is held. Edits and reactions have a seq but no row. */
export function rowOfSeq(rows: readonly Row[], seq: number): Row | undefined {
  const row = rows[indexOfSeq(rows, seq)]
  return row?.seq === seq ? row : undefined
}
