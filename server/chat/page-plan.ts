import { limits } from '#parley/shared/protocol/index.ts'
import type { PageRequest } from '#parley/server/chat/ports.ts'

/** Rules of sync pages that whoever answers one shares, over facts that it has (Y1, Y2). */

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
 * How many of these events fit in `maxBytes` of JSON. One always does, else a client could never get past it.
 *
 * @param sizes bytes of each, the one that is kept first at the front
 */
export function countFitting(sizes: Iterable<number>, maxBytes: number): number {
  let bytes = 2
  let kept = 0
  for (const size of sizes) {
    bytes += size + 1
    if (kept > 0 && bytes > maxBytes) break
    kept++
  }
  return kept
}
