/**
 * Lets a bounded number of tasks run at a time; the others wait in the order in which they came. When thousands of clients come back at
 * once, asking the store for all of them together answers the first as late as the last, and holds all their answers in memory (P4).
 */
export class Turnstile {
  readonly #most: number
  readonly #waiting: (() => void)[] = []
  #inside = 0

  /** @param most tasks at a time */
  constructor(most: number) {
    this.#most = most
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#most) await new Promise<void>(resolve => this.#waiting.push(resolve))
    else this.#inside++
    try {
      return await task()
    }
    finally {
      // The place is handed over, so that nobody who comes now gets in before those who wait.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#inside--
    }
  }
}
