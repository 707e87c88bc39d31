/** What of the items of a list is in the DOM, and where. */
export class ListElements {
  readonly #scroller: () => HTMLElement | null
  readonly #list: () => HTMLElement | null

  constructor(scroller: () => HTMLElement | null, list: () => HTMLElement | null) {
    this.#scroller = scroller
    this.#list = list
  }

  /** In display order; each carries the key of its item. */
  all(): HTMLElement[] {
    return [...this.#list()?.children ?? []].filter((child): child is HTMLElement => child instanceof HTMLElement && child.dataset.key !== undefined)
  }

  of(key: string): HTMLElement | undefined {
    return this.all().find(element => element.dataset.key === key)
  }

  /** Px from the top of the view to the top of an element. */
  distance(element: HTMLElement): number {
    return element.getBoundingClientRect().top - (this.#scroller()?.getBoundingClientRect().top ?? 0)
  }
}
