export interface SettledOpsOptions {
  remove(cids: readonly string[]): Promise<void>
  failed(error: unknown): void
}

/**
 * Ops that the server has confirmed, on their way off the device's disk: many to one deletion. Until one is gone, a look at the disk
 * would bring it back as new.
 */
export class SettledOps {
  readonly #options: SettledOpsOptions
  #deleting: string[] = []
  /** Still on the disk, because it could not be deleted there. */
  readonly #stuck = new Set<string>()

  constructor(options: SettledOpsOptions) {
    this.#options = options
  }

  deleting(cid: string): boolean {
    return this.#deleting.includes(cid)
  }

  stuck(cid: string): boolean {
    return this.#stuck.has(cid)
  }

  add(cid: string): void {
    if (this.#deleting.push(cid) === 1) queueMicrotask(() => void this.#delete())
  }

  async #delete(): Promise<void> {
    const cids = [...this.#deleting]
    try {
      await this.#options.remove(cids)
      for (const cid of cids) this.#stuck.delete(cid)
    }
    catch (error) {
      for (const cid of cids) this.#stuck.add(cid)
      this.#options.failed(error)
    }
    this.#deleting = this.#deleting.filter(cid => !cids.includes(cid))
    if (this.#deleting.length > 0) await this.#delete()
  }
}
