import type { ListElements } from '#parley/composables/timeline/list-elements.ts'

/** The place of a reader: an item and the distance of its top from the viewport's top, px (U-S1). */
export interface ScrollAnchor { key: string, offset: number }

/** The first of these rows whose top is in view, else the one that covers the view; undefined when none is in the DOM. */
export function anchorInView(elements: ListElements, rows: ReadonlySet<string>, viewHeight: number): ScrollAnchor | undefined {
  let covering: ScrollAnchor | undefined
  for (const element of elements.all()) {
    const key = element.dataset.key ?? ''
    if (!rows.has(key)) continue
    const offset = elements.distance(element)
    if (offset >= viewHeight) break
    if (offset >= 0) return { key, offset }
    if (offset + element.offsetHeight > 0) covering = { key, offset }
  }
  return covering
}

/** The first of these rows, in their order, that begins in view; else the last one in the DOM. */
export function anchorAmong(elements: ListElements, rows: readonly string[]): ScrollAnchor | undefined {
  let anchor: ScrollAnchor | undefined
  for (const key of rows) {
    const element = elements.of(key)
    if (element === undefined) continue
    anchor = { key, offset: elements.distance(element) }
    if (anchor.offset >= 0) return anchor
  }
  return anchor
}
