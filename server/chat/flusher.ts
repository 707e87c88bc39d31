export interface Flushable { flush(): void }

/**
 * Collects what is to be sent in a turn and sends it after that turn, at once and without a timer (T3): first the conversations hand
 * their new events to their connections, then each connection sends all it has. A fan-out to a thousand connections costs one deferred
 * task, and a hundred messages into one room cost each member one write.
 */
export class Flusher {
  readonly #defer: (task: () => void) => void
  #sources = new Set<Flushable>()
  #connections = new Set<Flushable>()
  #planned = false

  constructor(defer: (task: () => void) => void) {
    this.#defer = defer
  }

  /** A connection has frames. */
  mark(connection: Flushable): void {
    this.#connections.add(connection)
    this.#plan()
  }

  /** A conversation has events for its connections. */
  markSource(source: Flushable): void {
    this.#sources.add(source)
    this.#plan()
  }

  #plan(): void {
    if (this.#planned) return
    this.#planned = true
    this.#defer(() => this.#run())
  }

  #run(): void {
    const sources = this.#sources
    this.#sources = new Set()
    for (const source of sources) source.flush()
    const connections = this.#connections
    this.#connections = new Set()
    for (const connection of connections) connection.flush()
    this.#planned = false
    // Marked while it ran.
    if (this.#sources.size + this.#connections.size > 0) this.#plan()
  }
}
