import type { Clock } from '#parley/server/chat/ports.ts'

export interface Flushable { flush(): void }

/** Ms that a run may take without a rest after it; a fan-out to a hundred connections takes less. */
const shortRun = 2
/** Ms of rest at most. */
const longestRest = 16

/**
 * Collects what is to be sent in a turn and sends it after that turn, at once and without a timer (T3): first the conversations hand
 * their new events to their connections, then each connection sends all it has. A fan-out to a thousand connections costs one deferred
 * task, and a hundred messages into one room cost each member one write.
 *
 * A run that took long is followed by a rest of the same length: what arrives meanwhile shares the writes of the next one. Without it a
 * busy node would write to a thousand connections for every handful of messages, and never get to read the next hundred.
 */
export class Flusher {
  readonly #defer: (task: () => void) => void
  readonly #clock: Clock
  #sources = new Set<Flushable>()
  #connections = new Set<Flushable>()
  #planned = false
  #restUntil = -Infinity

  constructor(defer: (task: () => void) => void, clock: Clock) {
    this.#defer = defer
    this.#clock = clock
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
    const rest = this.#restUntil - this.#clock.monotonic()
    if (rest > 0) this.#clock.timer(() => this.#run(), rest)
    else this.#defer(() => this.#run())
  }

  #run(): void {
    const begun = this.#clock.monotonic()
    const sources = this.#sources
    this.#sources = new Set()
    for (const source of sources) source.flush()
    const connections = this.#connections
    this.#connections = new Set()
    for (const connection of connections) connection.flush()
    const ended = this.#clock.monotonic()
    const took = ended - begun
    this.#restUntil = took < shortRun ? -Infinity : ended + Math.min(took, longestRest)
    this.#planned = false
    // Marked while it ran.
    if (this.#sources.size + this.#connections.size > 0) this.#plan()
  }
}
