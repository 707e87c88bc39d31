export interface SettledOpsOptions {
  remove(cids: readonly string[]): Promise<void>
  failed(error: unknown): void
}

/**
 * Ops remembered: more than the rows that a device keeps of a hundred conversations, in two megabytes. One that is
 * forgotten, and was left on the disk, is sent again, which is harmless (S3).
 */
const mostKnown = 20_000

/**
 * Ops that are done with, confirmed by the server or discarded, on their way off the device's disk: many to one deletion. A look at the
 * disk may bring one back that could not be deleted there, or not be read before, long after its row has left the page; so they are
 * remembered by cid.
 */
export class SettledOps {
  readonly #options: SettledOpsOptions
  readonly #deleting = new Set<string>()
  #busy = false
  /** The latest last. */
  readonly #known = new Set<string>()

  constructor(options: SettledOpsOptions) {
    this.#options = options
  }

  /** Whether this op is done with. */
  knows(cid: string): boolean {
    return this.#known.has(cid) || this.#deleting.has(cid)
  }

  /** The log holds this op, whoever sent it (its own page, another tab, an earlier page), or the user discarded it. */
  know(cid: string): void {
    this.#known.delete(cid)
    this.#known.add(cid)
    if (this.#known.size <= mostKnown) return
    const [oldest] = this.#known
    if (oldest !== undefined) this.#known.delete(oldest)
  }

  /** The log is another one (W4): what the old one held is not in it. */
  forget(): void {
    this.#known.clear()
  }

  /** Takes a confirmed op off the disk. */
  add(cid: string): void {
    this.know(cid)
    this.#deleting.add(cid)
    if (!this.#busy) queueMicrotask(() => void this.#delete())
    this.#busy = true
  }

  async #delete(): Promise<void> {
    try {
      while (this.#deleting.size > 0) {
        const cids = [...this.#deleting]
        await this.#options.remove(cids)
        for (const cid of cids) this.#deleting.delete(cid)
      }
    }
    catch (error) {
      this.#options.failed(error) // still there: they go with the next one, or when a look at the disk finds them
    }
    this.#busy = false
  }
}
