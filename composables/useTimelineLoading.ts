import type { TimelineSnapshot } from '#parley/client/types.ts'

/** U-S4: early enough that a page is there before a steady scroll reaches its edge. */
const loadZone = 300
/** A page that could not be loaded is asked for again only when the user scrolls, and not faster than this. */
const retryAfter = 2_000

export interface TimelineLoadingOptions {
  snapshot: () => TimelineSnapshot
  viewTop: () => number
  toEnd: () => number
  /** Px between the view and the marked hole; undefined when it is not near. */
  gapDistance: () => number | undefined
  older: () => void
  newer: () => void
}

interface Edge { asked: unknown, at: number }

/** Asks for older and newer pages as the view nears the edges: one request at a time, and no loop when the network is down. */
export function useTimelineLoading(options: TimelineLoadingOptions) {
  const older: Edge = { asked: undefined, at: 0 }
  const newer: Edge = { asked: undefined, at: 0 }

  /** `state` tells one page from the next: what was asked in this state is asked again only by a later scroll. */
  function ask(edge: Edge, state: unknown, moved: boolean, request: () => void): void {
    if (edge.asked === state && !(moved && Date.now() - edge.at >= retryAfter)) return
    edge.asked = state
    edge.at = Date.now()
    request()
  }

  return function check(moved: boolean): void {
    const snapshot = options.snapshot()
    if (snapshot.status !== 'ready' || snapshot.rows.length === 0) return
    const gap = options.gapDistance()
    const wantsOlder = (snapshot.hasOlder && options.viewTop() <= loadZone) || (gap !== undefined && gap <= loadZone)
    if (wantsOlder && !snapshot.loadingOlder) ask(older, `${snapshot.generation} ${snapshot.rows[0]?.cid} ${snapshot.gapBefore}`, moved, options.older)
    if (snapshot.hasNewer && !snapshot.loadingNewer && options.toEnd() <= loadZone) ask(newer, `${snapshot.generation} ${snapshot.rows.at(-1)?.cid}`, moved, options.newer)
  }
}
