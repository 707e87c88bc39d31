import type { RowHeights } from '#parley/composables/timeline/row-heights.ts'

/** Items [start, end) that are in the DOM. */
export interface WindowRange { start: number, end: number }

/** What the user sees of the list; px from the list's top. `margin` = px kept ready on each side, instead of one view. */
export interface View { top: number, height: number, margin?: number | undefined }

/** Where the user is in the list. */
export interface ViewState {
  /** The end is in view or nearly so (U-S2). */
  atBottom: boolean
  /** More than one screen above the end (U-S5). */
  far: boolean
  /** Changed by the user and not by the list itself. */
  moved: boolean
}

/** A timeline never has more elements than this in the DOM, whatever the screen. */
export const maxRendered = 240
/** Least px kept ready on each side: a fast wheel moves about this much between two frames. */
const leastMargin = 600
/** While rows pass by at the end: enough for one notch of a wheel, and for estimates of their heights that are too high. */
export const hurriedMargin = 160

type Geometry = Pick<RowHeights, 'offset' | 'indexAt' | 'total'>

const marginOf = (view: View): number => view.margin ?? Math.max(leastMargin, view.height)

/** The range for a view, with a margin of one view on each side. */
export function rangeFor(view: View, geometry: Geometry, length: number): WindowRange {
  if (length === 0) return { start: 0, end: 0 }
  const margin = marginOf(view)
  const seenStart = geometry.indexAt(view.top)
  let start = geometry.indexAt(Math.max(0, view.top - margin))
  let end = Math.min(length, geometry.indexAt(view.top + view.height + margin) + 1)
  if (end - start > maxRendered) {
    start = Math.max(start, seenStart - Math.floor(maxRendered / 4))
    end = Math.min(end, start + maxRendered)
  }
  return { start, end }
}

/** Whether half the margin is still there; only then is it worth rendering again. */
export function rangeCovers(range: WindowRange, view: View, geometry: Geometry, length: number): boolean {
  const slack = marginOf(view) / 2
  const above = range.start <= 0 || geometry.offset(range.start) <= view.top - slack
  const below = range.end >= length || geometry.offset(range.end) >= view.top + view.height + slack
  return above && below && range.end - range.start <= maxRendered && range.end <= length && (length === 0 || range.end > range.start)
}
