/** What stands for the items that are not in the DOM: the first and the last element of a list. Writes a height only when it differs. */
export class Spacers {
  readonly #list: () => HTMLElement | null
  #above = -1
  #below = -1

  constructor(list: () => HTMLElement | null) {
    this.#list = list
  }

  /** Height of the upper one as it stands in the DOM, px; -1 before the first write. */
  get above(): number { return this.#above }

  write(above: number, below: number): void {
    const list = this.#list()
    const first = list?.firstElementChild
    const last = list?.lastElementChild
    if (first instanceof HTMLElement && this.#above !== above) first.style.height = `${this.#above = above}px`
    if (last instanceof HTMLElement && this.#below !== below) last.style.height = `${this.#below = below}px`
  }
}
