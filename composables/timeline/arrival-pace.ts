/** So many rows in one frame pass by faster than anyone reads. */
const hurriedFrom = 4
/** Without such a frame for this long (ms) the burst is over. */
const calmAfter = 250

/**
 * Whether rows arrive faster than they are read. Then only what is in view is worth making: a row of the margin would be thrown away in
 * the next frame without having been seen.
 */
export class ArrivalPace {
  readonly #calm: () => void
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param calm called when a burst is over */
  constructor(calm: () => void) {
    this.#calm = calm
  }

  get hurried(): boolean { return this.#timer !== undefined }

  /** Rows that one frame brought. */
  arrived(count: number): void {
    if (count < hurriedFrom) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#calm()
    }, calmAfter)
  }

  dispose(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

/** How many items stand below the one that was the last; none in a list that was empty or is another one. */
export function appended(before: readonly { key: string }[], next: readonly { key: string }[]): number {
  const last = before.at(-1)?.key
  const index = last === undefined ? -1 : next.findLastIndex(item => item.key === last)
  return index === -1 ? 0 : next.length - 1 - index
}
