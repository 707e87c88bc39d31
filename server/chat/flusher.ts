export interface Flushable { flush(): void }

/**
 * Collects the connections that have something to send and flushes them together after the current turn, so that a fan-out to a
 * thousand connections costs one deferred task, and frames made in one turn share a message (T3).
 */
export class Flusher {
  readonly #defer: (task: () => void) => void
  #dirty = new Set<Flushable>()

  constructor(defer: (task: () => void) => void) {
    this.#defer = defer
  }

  mark(target: Flushable): void {
    if (this.#dirty.size === 0) this.#defer(() => this.#run())
    this.#dirty.add(target)
  }

  #run(): void {
    const batch = this.#dirty
    this.#dirty = new Set()
    for (const target of batch) target.flush()
  }
}
