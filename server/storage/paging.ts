import type { LogEvent } from '#parley/shared/model.ts'
import { limits, utf8Length } from '#parley/shared/protocol/index.ts'
import type { HistoryRequest, PageRequest } from '#parley/server/chat/ports.ts'

/** Rules of pages that every adapter shares, over facts that it has read. */

/** The part of a log that a page may be cut from. */
export interface PagePlan {
  from: number
  to: number
  /** Y2: the newest events instead of the ones after the cursor. */
  reset: boolean
}

/**
 * Which events answer a sync (Y1, Y2).
 *
 * @param tipAt cid of the event at `request.after`, null when there is none
 */
export function planPage(request: PageRequest, head: number, tipAt: string | null): PagePlan {
  const limit = Math.max(1, Math.min(request.limit, limits.pageEvents))
  const foreignTip = request.tip !== undefined && request.tip !== null && request.tip !== tipAt
  const tooFar = head - request.after > limits.gapEvents && !request.whole
  if (request.after > head || foreignTip || tooFar) return { from: Math.max(1, head - limit + 1), to: head, reset: true }
  return { from: request.after + 1, to: Math.min(head, request.after + limit), reset: false }
}

/**
 * Leaves out what does not fit in `maxBytes` of JSON. One event always stays, else a client could never get past it.
 *
 * @param fromEnd keep the newest instead of the oldest
 */
export function fitBytes(events: LogEvent[], maxBytes: number, fromEnd: boolean): LogEvent[] {
  const ordered = fromEnd ? events.toReversed() : events
  let bytes = 2
  let kept = 0
  for (const event of ordered) {
    bytes += utf8Length(JSON.stringify(event)) + 1
    if (kept > 0 && bytes > maxBytes) break
    kept++
  }
  return fromEnd ? events.slice(events.length - kept) : events.slice(0, kept)
}

/** How many messages of a history page stand before and after its point (Y3). */
export type HistoryPlan
  = | { kind: 'newest', limit: number }
    | { kind: 'before', before: number, limit: number }
    | { kind: 'after', after: number, limit: number }
    /** `limit` messages with seq ≤ `around`, `limitAfter` above it. */
    | { kind: 'around', around: number, limit: number, limitAfter: number }

export function planHistory(request: HistoryRequest): HistoryPlan {
  const limit = Math.max(1, Math.min(request.limit, limits.historyMax))
  if (request.around !== undefined) return { kind: 'around', around: request.around, limit: Math.ceil(limit / 2), limitAfter: Math.floor(limit / 2) }
  if (request.before !== undefined) return { kind: 'before', before: request.before, limit }
  if (request.after !== undefined) return { kind: 'after', after: request.after, limit }
  return { kind: 'newest', limit }
}

/**
 * Seqs whose notices go with a page that has no messages: all that lie on the far side of its cursor. A notice above the first message
 * stands in no other page.
 */
export function emptyPageRange({ before, after, around }: HistoryRequest, head: number): { from: number, to: number } {
  if (around === undefined && before !== undefined) return { from: 1, to: Math.min(before - 1, head) }
  if (around === undefined && after !== undefined) return { from: after + 1, to: head }
  return { from: 1, to: head }
}

/**
 * Most notices in one history page: a group may gain thousands of members between two messages, and a page must stay small. The
 * newest are kept.
 */
export const maxNotices = 200
