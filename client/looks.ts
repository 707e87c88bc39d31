/**
 * Looks at something shared, one at a time: what is asked for during one is answered by one more that begins after it, however often it
 * was asked. So each look can be compared with what was known when it began, and a burst of hints costs two.
 */
export class Looks {
  readonly #look: (grace: number) => Promise<void>
  #current: Promise<void> | undefined
  #next: { grace: number, done: Promise<void> } | undefined

  /** @param look must not reject */
  constructor(look: (grace: number) => Promise<void>) {
    this.#look = look
  }

  /**
   * @param grace handed to the look (ms); the shortest one counts when several are answered together
   * @returns when a look that began from now on is over
   */
  ask(grace: number): Promise<void> {
    if (this.#current === undefined) return this.#begin(grace)
    if (this.#next === undefined) this.#next = { grace, done: this.#current.then(() => this.#begin(this.#next?.grace ?? grace)) }
    this.#next.grace = Math.min(this.#next.grace, grace)
    return this.#next.done
  }

  #begin(grace: number): Promise<void> {
    this.#next = undefined
    const current = this.#look(grace).finally(() => {
      this.#current = undefined
    })
    this.#current = current
    return current
  }
}
