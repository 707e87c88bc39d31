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
  readonly #remove: (cids: readonly string[]) => Promise<boolean | undefined>
  readonly #deleting = new Set<string>()
  #busy = false
  /** The latest last. */
  readonly #known = new Set<string>()

  /** @param remove from the disk; tells whether it did, and must not reject */
  constructor(remove: (cids: readonly string[]) => Promise<boolean | undefined>) {
    this.#remove = remove
  }

  /** Whether this op is done with. */
  knows(cid: string): boolean {
    return this.#known.has(cid) || this.#deleting.has(cid)
  }

  /** The log holds this op, whoever sent it (its own page, another tab, an earlier page), or the user discarded it. */
  know(cid: string): void {
    this.#known.delete(cid)
    this.#known.add(cid)
    const [oldest = cid] = this.#known
    if (this.#known.size > mostKnown) this.#known.delete(oldest)
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
    while (this.#deleting.size > 0) {
      const cids = [...this.#deleting]
      if (!await this.#remove(cids)) break // still there: they go with the next one, or when a look at the disk finds them
      for (const cid of cids) this.#deleting.delete(cid)
    }
    this.#busy = false
  }
}
