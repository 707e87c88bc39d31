/** U-R1: how long a row must be in view before it counts as read; long enough not to count what a scroll flies past. */
const seenAfter = 1_000

export interface SeenTrackerOptions {
  /** The scrolling element. */
  root: () => HTMLElement | null
  /** What was read up to now; nothing at or below it is told again. */
  from: number
  seen: (seq: number) => void
}

const seqOf = (element: Element): number => Number(element instanceof HTMLElement ? element.dataset.seq : undefined) || 0

/**
 * Tells which message was read: page attended to, and at least half of the row (or half of the view, for a row taller than it) in view for
 * about a second. Elements carry their seq as `data-seq`.
 */
export class SeenTracker {
  readonly #options: SeenTrackerOptions
  readonly #observed = new Set<Element>()
  /** Rows in view, and since when (ms since 1970). */
  readonly #inView = new Map<Element, number>()
  #observer: IntersectionObserver | undefined
  #told: number
  #attentive = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: SeenTrackerOptions) {
    this.#options = options
    this.#told = options.from
  }

  /** The last seq told, or known to be read at the start. */
  get told(): number { return this.#told }

  /** Watches these rows from now on, and forgets the others. */
  observe(rows: readonly Element[]): void {
    const present = new Set(rows)
    const observer = this.#observerOf()
    for (const element of this.#observed) {
      if (present.has(element)) continue
      observer?.unobserve(element)
      this.#observed.delete(element)
      this.#inView.delete(element)
    }
    for (const element of present) {
      if (this.#observed.has(element)) continue
      this.#observed.add(element)
      observer?.observe(element)
    }
  }

  /** Page visible and window focused, or not. What stood in view behind another window was not read then: its second begins now. */
  attend(attentive: boolean): void {
    if (attentive === this.#attentive) return
    this.#attentive = attentive
    this.#stopTimer()
    for (const element of this.#inView.keys()) this.#inView.set(element, Date.now())
    this.#schedule()
  }

  dispose(): void {
    this.#stopTimer()
    this.#observer?.disconnect()
  }

  #observerOf(): IntersectionObserver | undefined {
    const root = this.#options.root()
    if (this.#observer === undefined && root !== null && typeof IntersectionObserver !== 'undefined') {
      this.#observer = new IntersectionObserver(entries => this.#changed(entries), { root, threshold: [0, 0.25, 0.5, 0.75, 1] })
    }
    return this.#observer
  }

  #changed(entries: readonly IntersectionObserverEntry[]): void {
    for (const entry of entries) {
      const half = entry.intersectionRatio >= 0.5 || entry.intersectionRect.height >= (entry.rootBounds?.height ?? Infinity) / 2
      if (!entry.isIntersecting || !half) this.#inView.delete(entry.target)
      else if (!this.#inView.has(entry.target)) this.#inView.set(entry.target, Date.now())
    }
    this.#schedule()
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #schedule(): void {
    if (this.#timer !== undefined || !this.#attentive) return
    let since = Infinity
    for (const [element, from] of this.#inView) if (seqOf(element) > this.#told) since = Math.min(since, from)
    if (since === Infinity) return
    this.#timer = setTimeout(() => this.#tell(), Math.max(0, since + seenAfter - Date.now()))
  }

  #tell(): void {
    this.#timer = undefined
    const now = Date.now()
    let highest = this.#told
    for (const [element, since] of this.#inView) if (now - since >= seenAfter) highest = Math.max(highest, seqOf(element))
    if (highest > this.#told) {
      this.#told = highest
      this.#options.seen(highest)
    }
    this.#schedule()
  }
}
