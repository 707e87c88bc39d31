import type { Environment } from '#parley/client/environment.ts'
import type { Change } from '#parley/client/types.ts'

/** What was marked waits no longer than this (ms) once anything else arrives: timers of a hidden page may run once a minute. */
const patience = 250

/**
 * The one stream of changes. What is marked is gathered and told once per frame, so that a burst of 200 events is one render (F4);
 * `flush` tells it now, which own sends and their answers do (U-P4).
 */
export class Changes {
  readonly #environment: Environment
  readonly #pending: () => number
  readonly #listeners = new Set<(change: Change) => void>()
  readonly #timelines = new Set<string>()
  #list = false
  #queue: Change[] = []
  #toldPending = 0
  #cancel: (() => void) | undefined
  /** When the first of what waits was marked; monotonic ms. */
  #since = 0
  #over = false

  constructor(environment: Environment, pending: () => number) {
    this.#environment = environment
    this.#pending = pending
  }

  on(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  timeline(conversation: string): void {
    this.#timelines.add(conversation)
    this.#schedule()
  }

  conversations(): void {
    this.#list = true
    this.#schedule()
  }

  queue(change: Change): void {
    this.#queue.push(change)
    this.#schedule()
  }

  /** Tells a change at once, after all that was marked before it. */
  now(change: Change): void {
    this.#queue.push(change)
    this.flush()
  }

  /** Tells what has waited too long for a frame. To be called when something arrived. */
  overdue(): void {
    if (this.#cancel !== undefined && this.#environment.monotonic() - this.#since >= patience) this.flush()
  }

  flush(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const changes: Change[] = [...this.#timelines].map(conversation => ({ type: 'timeline', conversation }))
    if (this.#list) changes.unshift({ type: 'conversations' })
    const count = this.#pending()
    if (count !== this.#toldPending) changes.push({ type: 'pending', count })
    changes.push(...this.#queue)
    this.#toldPending = count
    this.#timelines.clear()
    this.#list = false
    this.#queue = []
    for (const change of changes) this.#tell(change)
  }

  dispose(): void {
    this.#over = true
    this.#cancel?.()
    this.#listeners.clear()
  }

  #schedule(): void {
    if (this.#over || this.#cancel !== undefined) return
    this.#since = this.#environment.monotonic()
    this.#cancel = this.#environment.frame(() => this.flush())
  }

  /** A listener that throws must not keep the others, or the core, from going on. */
  #tell(change: Change): void {
    for (const listener of this.#listeners) {
      try {
        listener(change)
      }
      catch (error) {
        this.#environment.warn('a listener of the chat client threw', error)
      }
    }
  }
}
