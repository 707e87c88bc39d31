import { appended, ArrivalPace } from '#parley/composables/timeline/arrival-pace.ts'
import { ListElements } from '#parley/composables/timeline/list-elements.ts'
import { createRowHeights } from '#parley/composables/timeline/row-heights.ts'
import { anchorAmong, anchorInView } from '#parley/composables/timeline/scroll-anchor.ts'
import type { ScrollAnchor } from '#parley/composables/timeline/scroll-anchor.ts'
import { Spacers } from '#parley/composables/timeline/spacers.ts'
import { leaveStill } from '#parley/composables/timeline/take-over.ts'
import type { View, ViewState, WindowRange } from '#parley/composables/timeline/window-range.ts'
import { hurriedMargin, rangeCovers, rangeFor } from '#parley/composables/timeline/window-range.ts'

export interface AnchoredWindowOptions<T extends { key: string }> {
  scroller: () => HTMLElement | null
  /** Holds a spacer, the items in the DOM (each with `data-key`), and a spacer. */
  list: () => HTMLElement | null
  /** Height of an item that was never in the DOM, px. */
  estimate: (item: T) => number
  /** Only rows are anchors: a day separator vanishes when the rows above it load. */
  isRow: (item: T) => boolean
  /** Px kept ready on each side before the list is in the DOM, where a server writes it: what is not in view comes later. */
  firstMargin?: number | undefined
  onRange: (range: WindowRange) => void
  onView: (view: ViewState) => void
  /** A burst of arrivals at the end is over, in which only what was in view was rendered. */
  onCalm: () => void
}

/** U-S2: closer than this to the end counts as reading the newest. */
const bottomZone = 100
/** Without a scroll event for this long a fling or a wheel has come to rest. */
const restAfter = 150
/** Where there is no layout (a hidden page, a test) a screen of this height is assumed. */
const assumedHeight = 800

/**
 * A windowed list that holds the reader's place. Items lie in normal flow between two spacers. After every render and resize the anchor is
 * measured in the DOM and the scroll offset corrected before the browser paints, so that the place does not depend on any estimate: not
 * when rows are prepended, when a hole fills, when a row above grows, or when several of these happen at once.
 */
export class AnchoredWindow<T extends { key: string }> {
  readonly #options: AnchoredWindowOptions<T>
  readonly #heights
  readonly #spacers: Spacers
  readonly #elements: ListElements
  readonly #pace: ArrivalPace
  #items: readonly T[] = []
  #range: WindowRange = { start: 0, end: 0 }
  #anchor: ScrollAnchor | undefined
  /** Exactly at the end: whatever grows, the end stays in view. */
  #pinned = true
  #atBottom = true
  /** What the last correction wrote; a scroll event with another value is the user's. */
  #written = -1
  /** Px that the top spacer has too many. While the user scrolls, corrections go there: writing scrollTop would stop a fling. */
  #slack = 0
  /** Height of the view when it was last laid out, px: asking the DOM while items change would lay it out once more. */
  #height = assumedHeight
  #settled: readonly T[] = []
  #resting: ReturnType<typeof setTimeout> | undefined

  constructor(options: AnchoredWindowOptions<T>) {
    this.#options = options
    this.#heights = createRowHeights<T>(options.estimate)
    this.#spacers = new Spacers(options.list)
    this.#elements = new ListElements(options.scroller, options.list)
    this.#pace = new ArrivalPace(() => {
      this.cover()
      options.onCalm()
    })
  }

  get range(): WindowRange { return this.#range }
  get atBottom(): boolean { return this.#atBottom }
  /** At the end rows pass by faster than anyone reads. */
  get hurried(): boolean { return this.#pinned && this.#pace.hurried }

  /** Takes changed items, before the DOM shows them: the same rows stay in the window, wherever they went. */
  take(next: readonly T[]): void {
    if (this.#atBottom && next.at(-1)?.key !== this.#items.at(-1)?.key) this.#pinned = true
    const anchor = this.#anchor
    if (anchor !== undefined && !next.some(item => item.key === anchor.key)) this.#replaceAnchor(next)
    this.#pace.arrived(appended(this.#items, next))
    this.#items = next
    this.#heights.setItems(next)
    const index = this.#pinned ? -1 : this.#indexOf(this.#anchor?.key)
    this.#setRange(rangeFor(this.#viewAt(index === -1 ? this.#endTop() : this.#heights.offset(index) - (this.#anchor?.offset ?? 0)), this.#heights, next.length))
  }

  /** Puts the view where it belongs. To be called after each render and resize, before paint. `cover` = may ask for another range. */
  settle(cover = true): void {
    if (this.#scroller === null) return
    if (this.#scroller.classList.contains('still')) this.#takeOver(this.#scroller)
    // Spacers first: what they stand for is not in the DOM, so that one layout serves the measuring and the scrolling.
    this.#settled = this.#items
    this.#writeSpacers()
    this.#measure()
    if (this.#pinned) this.#scrollTo(this.#scroller.scrollHeight)
    else this.#restore()
    if (cover) this.cover()
    this.#report(false)
  }

  /** To be called after a change of the items that rendered nothing: far from the view, where most often only a spacer differs. */
  keep(): void {
    if (this.#settled === this.#items) return
    if (this.#pinned || this.#heights.offset(this.#range.start) + this.#slack !== this.#spacers.above) return this.settle()
    this.#settled = this.#items
    this.#writeSpacers()
  }

  /** Renders other items if the view comes near the edge of what is in the DOM. */
  cover(): void {
    const view = this.#viewAt(this.#pinned ? this.#endTop() : this.viewTop())
    if (!rangeCovers(this.#range, view, this.#heights, this.#items.length)) this.#setRange(rangeFor(view, this.#heights, this.#items.length))
  }

  /** To be called on each scroll event. One of a view that was just resized is the browser's own: it keeps the offset within the new height. */
  scrolled(): void {
    const box = this.#scroller
    if (box === null || (box.clientHeight || assumedHeight) !== this.#height) return
    if (Math.abs(box.scrollTop - this.#written) >= 1) {
      this.#written = -1
      clearTimeout(this.#resting)
      this.#resting = setTimeout(() => this.#rest(), restAfter)
      this.#pinned = this.toEnd() <= 1
      this.#pickAnchor()
      this.#report(true)
    }
    this.cover()
  }

  /** Exactly the end, also while rows still change their height (U-S5). */
  toBottom(): void {
    this.#pinned = true
    this.#atBottom = true
    this.cover()
    this.settle()
  }

  /** Shows an item with its top at a distance from the view's top: px, or a part of the view's height below 1. False if not held. */
  toItem(key: string, offset: number): boolean {
    const index = this.#indexOf(key)
    if (index === -1) return false
    this.#pinned = this.#atBottom = false
    this.#anchor = { key, offset: offset < 1 && offset > 0 ? Math.round(this.#height * offset) : offset }
    const view = this.#viewAt(this.#heights.offset(index) - this.#anchor.offset)
    if (!rangeCovers(this.#range, view, this.#heights, this.#items.length)) this.#setRange(rangeFor(view, this.#heights, this.#items.length))
    return true
  }

  /** After `toItem` was rendered: where the list was too short for the wish, what is in view is the place from now on. */
  arrive(): void {
    this.settle()
    this.#pinned = this.toEnd() <= 1
    this.#pickAnchor()
  }

  /** Keeps this item where it is while it changes its own height, also at the end of the list. */
  hold(key: string): void {
    const element = this.elementOf(key)
    if (element === undefined) return
    this.#anchor = { key, offset: this.#elements.distance(element) }
    this.#pinned = false
  }

  place(): ScrollAnchor | 'bottom' {
    return this.#atBottom || this.#anchor === undefined ? 'bottom' : this.#anchor
  }

  elements(): HTMLElement[] {
    return this.#elements.all()
  }

  elementOf(key: string): HTMLElement | undefined {
    return this.#elements.of(key)
  }

  /** Px from the top of the list to the top of the view. */
  viewTop(): number {
    return (this.#scroller?.scrollTop ?? 0) - (this.#options.list()?.offsetTop ?? 0) - this.#slack
  }

  /** Px from the bottom of the view to the end. */
  toEnd(): number {
    const box = this.#scroller
    return box === null ? 0 : box.scrollHeight - box.clientHeight - box.scrollTop
  }

  /** The item at the top of the view. */
  topItem(): T | undefined {
    return this.#items[this.#heights.indexAt(Math.max(0, this.viewTop()))]
  }

  dispose(): void {
    clearTimeout(this.#resting)
    this.#pace.dispose()
  }

  get #scroller(): HTMLElement | null { return this.#options.scroller() }

  /** Takes over a list that a server wrote, with the reader where they stand: before the first correction, which may come before the mount. */
  #takeOver(box: HTMLElement): void {
    const place = leaveStill(box, this.#pinned ? undefined : this.elementOf(this.#anchor?.key ?? ''))
    if (place.at === 'item' && this.#anchor !== undefined) this.#anchor = { ...this.#anchor, offset: place.offset }
    this.#pinned = place.at === 'end'
    if (place.at !== 'above') return
    this.settle(false)
    this.#scrollTo(box.scrollHeight - box.clientHeight - place.fromEnd)
    this.#pickAnchor()
  }

  #endTop(): number { return Math.max(0, this.#heights.total() - this.#height) }
  #viewAt(top: number): View { return { top, height: this.#height, margin: this.hurried ? hurriedMargin : this.#spacers.above === -1 ? this.#options.firstMargin : undefined } }
  #indexOf(key: string | undefined): number { return key === undefined ? -1 : this.#items.findIndex(item => item.key === key) }

  #setRange(range: WindowRange): void {
    if (range.start === this.#range.start && range.end === this.#range.end) return
    this.#range = range
    this.#options.onRange(range)
  }

  #scrollTo(top: number): void {
    if (this.#scroller === null) return
    this.#scroller.scrollTop = top
    this.#written = this.#scroller.scrollTop
  }

  #writeSpacers(): void {
    const above = this.#heights.offset(this.#range.start)
    this.#slack = this.#range.start === 0 ? 0 : Math.max(this.#slack, -above)
    this.#spacers.write(above + this.#slack, this.#heights.total() - this.#heights.offset(this.#range.end))
  }

  #measure(): void {
    this.#height = this.#scroller?.clientHeight || assumedHeight
    if (this.#scroller === null || this.#scroller.clientHeight === 0) return
    let index = this.#range.start
    for (const element of this.elements()) {
      if (this.#items[index]?.key === element.dataset.key) this.#heights.measure(index, element.getBoundingClientRect().height)
      index++
    }
  }

  #restore(): void {
    const element = this.#anchor === undefined ? undefined : this.elementOf(this.#anchor.key)
    if (element === undefined || this.#anchor === undefined) return
    const moved = this.#elements.distance(element) - this.#anchor.offset
    if (Math.abs(moved) >= 0.5) this.#move(moved)
    // A row that begins above the view was the anchor for want of a better one: if it grew, what the reader looks at would move.
    if (this.#anchor.offset < 0) this.#pickAnchor()
  }

  #move(moved: number): void {
    const room = this.#heights.offset(this.#range.start) + this.#slack - moved
    if (this.#resting !== undefined && this.#range.start > 0 && room > 0) {
      this.#slack -= moved
      this.#writeSpacers()
    }
    else {
      this.#scrollTo((this.#scroller?.scrollTop ?? 0) + moved)
    }
  }

  #report(moved: boolean): void {
    const rest = this.toEnd()
    this.#atBottom = rest <= bottomZone
    this.#options.onView({ atBottom: this.#atBottom, far: rest > this.#height, moved })
  }

  /** The first row whose top is in view, else the one that covers the view; without any in the DOM, by the known heights. */
  #pickAnchor(): void {
    const rows = new Set(this.#items.slice(this.#range.start, this.#range.end).filter(this.#options.isRow).map(item => item.key))
    this.#anchor = anchorInView(this.#elements, rows, this.#height) ?? this.#reckonedAnchor()
  }

  #reckonedAnchor(): ScrollAnchor | undefined {
    const top = this.viewTop()
    for (let index = this.#heights.indexAt(Math.max(0, top)); index < this.#items.length; index++) {
      const item = this.#items[index]
      if (item !== undefined && this.#options.isRow(item)) return { key: item.key, offset: this.#heights.offset(index) - top }
    }
    return undefined
  }

  /** The anchor's row is gone (discarded, or now within a run of notices): the next row in view that stays takes over. */
  #replaceAnchor(next: readonly T[]): void {
    const staying = new Set(next.map(item => item.key))
    const rows = this.#items.slice(this.#range.start, this.#range.end).filter(item => this.#options.isRow(item) && staying.has(item.key))
    this.#anchor = anchorAmong(this.#elements, rows.map(row => row.key))
  }

  /** The scroll came to rest: the spacer gets its true height, and the offset moves by the same amount. */
  #rest(): void {
    this.#resting = undefined
    if (this.#slack === 0 || this.#scroller === null) return
    const extra = this.#slack
    this.#slack = 0
    this.#writeSpacers()
    this.#scrollTo(this.#scroller.scrollTop - extra)
  }
}
