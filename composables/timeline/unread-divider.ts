import type { MessageRow, Row } from '#parley/client/types.ts'

/** Where the line "New messages" stands: before the first unread message above `after`; absent = no line (U-R2). */
export interface DividerState {
  after?: number
}

export type DividerStep
  /** The conversation was opened: fixes the line. `unreadFrom` is the user's own mark. */
  = | { type: 'opened', unread: number, readSeq: number, unreadFrom?: number }
    /** Others' messages were added below; `away` = scrolled up, hidden or blurred; `seen` = the last seq seen before. */
    | { type: 'arrived', first: number, previous: number, away: boolean, seen: number }
    /** What arrived is the catch-up of an opening, written before the user came. */
    | { type: 'caught-up', first: number }
    | { type: 'sent' }
    /** The user marked it unread from a message on. */
    | { type: 'marked', from: number }

/**
 * U-R2: fixed when the conversation opens, gone when the user sends. Messages that arrive while the user is away move the line to
 * themselves, but only if everything above them was seen: else the older unread would lose their mark.
 */
export function nextDivider(state: DividerState, step: DividerStep): DividerState {
  switch (step.type) {
    case 'opened':
      if (step.unreadFrom !== undefined) return { after: step.unreadFrom - 1 }
      return step.unread > 0 ? { after: step.readSeq } : {}
    case 'arrived':
      if (!step.away) return state
      return state.after === undefined || step.seen >= step.previous ? { after: step.first - 1 } : state
    case 'caught-up':
      return state.after === undefined ? { after: step.first - 1 } : state
    case 'marked':
      return { after: step.from - 1 }
    case 'sent':
      return {}
  }
}

/** Counts as unread when above the read position: others' messages that are not deleted (PROTOCOL 8). */
export const countsAsUnread = (row: Row): row is MessageRow & { seq: number } =>
  row.kind === 'message' && !row.mine && row.seq !== undefined && row.deletedAt === undefined

export type FirstUnread = { place: 'none' } | { place: 'above' } | { place: 'row', cid: string, seq: number }

/** The first unread message above `after`. `above` = it lies in history that is not loaded, so no held row may carry the line. */
export function firstUnread(rows: readonly Row[], after: number | undefined, hasOlder: boolean): FirstUnread {
  if (after === undefined) return { place: 'none' }
  let first: FirstUnread = { place: 'none' }
  for (let index = rows.length - 1; index >= 0; index--) {
    const row = rows[index]
    if (row === undefined) continue
    if (row.seq !== undefined && row.seq <= after) return first
    if (countsAsUnread(row)) first = { place: 'row', cid: row.cid, seq: row.seq }
  }
  return hasOlder && first.place === 'row' ? { place: 'above' } : first
}

/** Others' messages above `seq`, for the counter of the jump button. */
export function countAbove(rows: readonly Row[], seq: number): number {
  let count = 0
  for (let index = rows.length - 1; index >= 0; index--) {
    const row = rows[index]
    if (row === undefined) continue
    if (row.seq !== undefined && row.seq <= seq) break
    if (countsAsUnread(row)) count++
  }
  return count
}

/** The highest seq held; 0 when nothing confirmed is. */
export function lastSeq(rows: readonly Row[]): number {
  for (let index = rows.length - 1; index >= 0; index--) {
    const seq = rows[index]?.seq
    if (seq !== undefined) return seq
  }
  return 0
}
