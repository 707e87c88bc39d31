import type { LogEvent } from '#parley/shared/model.ts'
import { limits, utf8Length } from '#parley/shared/protocol/index.ts'
import { countFitting } from '#parley/server/chat/page-plan.ts'
import type { HistoryRequest } from '#parley/server/chat/ports.ts'

/** Rules of pages that every adapter shares, over facts that it has read. */

/**
 * Leaves out what does not fit in `maxBytes` of JSON. One event always stays, else a client could never get past it.
 *
 * @param fromEnd keep the newest instead of the oldest
 */
export function fitBytes(events: LogEvent[], maxBytes: number, fromEnd: boolean): LogEvent[] {
  const ordered = fromEnd ? events.toReversed() : events
  const kept = countFitting(ordered.values().map(event => utf8Length(JSON.stringify(event))), maxBytes)
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

/**
 * The first message of a log at or after a time. Bisects the log instead of keeping an index of times, which every message would have
 * to pay for.
 *
 * @param probe the first message from a seq on, and its time
 * @returns its seq; undefined = all are older
 */
export function firstFrom(head: number, at: number, probe: (seq: number) => { seq: number, at: number } | undefined): number | undefined {
  let low = 1
  let high = head + 1
  let found: number | undefined
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const message = probe(middle)
    if (message === undefined || message.at >= at) {
      high = middle
      found = message?.seq ?? found
    }
    else {
      low = message.seq + 1
    }
  }
  return found
}
