export interface Flushable { flush(): void }

/** Measures how long conversations wait for the last write of their events. */
interface FlushWatch {
  /** Ms, monotonic. */
  now(): number
  flushed(ms: number, conversations: number): void
}

/**
 * Collects what is to be sent in a turn and sends it after that turn, at once and without a timer (T3): first the conversations hand
 * their new events to their connections, then each connection sends all it has. A fan-out to a thousand connections costs one deferred
 * task, and a hundred messages into one room cost each member one write.
 */
export class Flusher {
  readonly #defer: (task: () => void) => void
  readonly #watch: FlushWatch | undefined
  /** When the first conversation of this turn got an event. */
  #since = 0
  #sources = new Set<Flushable>()
  #connections = new Set<Flushable>()
  #planned = false

  constructor(defer: (task: () => void) => void, watch?: FlushWatch) {
    this.#defer = defer
    this.#watch = watch
  }

  /** A connection has frames. */
  mark(connection: Flushable): void {
    this.#connections.add(connection)
    this.#plan()
  }

  /** A conversation has events for its connections. */
  markSource(source: Flushable): void {
    if (this.#watch && this.#sources.size === 0) this.#since = this.#watch.now()
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
    const since = this.#since
    this.#sources = new Set()
    for (const source of sources) source.flush()
    const connections = this.#connections
    this.#connections = new Set()
    for (const connection of connections) connection.flush()
    if (sources.size > 0) this.#watch?.flushed(this.#watch.now() - since, sources.size)
    this.#planned = false
    // Marked while it ran.
    if (this.#sources.size + this.#connections.size > 0) this.#plan()
  }
}
