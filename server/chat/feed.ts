import { limits } from '#parley/shared/protocol/index.ts'
import type { LogEvent } from '#parley/shared/model.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import { EventRun } from '#parley/server/chat/event-run.ts'
import type { Flushable, Flusher } from '#parley/server/chat/flusher.ts'
import { Subscription } from '#parley/server/chat/subscription.ts'
import type { Subscriber } from '#parley/server/chat/subscription.ts'

/** Events kept that came before their turn; what is beyond is read from the store again. */
const earlyLimit = 256

/** What happens when an event takes its place in the fan-out, before anyone gets it: membership follows the log (O6). */
export type EventObserver = (feed: Feed, event: LogEvent) => void

/**
 * The fan-out of one conversation on this node. `pushed` is the last seq it has handed out; it only ever moves by one, so every
 * connection gets a log without holes whatever the backplane loses, doubles or reorders (O3). What is missing is read from the store.
 */
export class Feed implements Flushable {
  readonly conversation: string
  readonly #context: ChatContext
  readonly #flusher: Flusher
  readonly #observe: EventObserver
  readonly #subscriptions = new Map<Subscriber, Subscription>()
  readonly #early = new Map<number, LogEvent>()
  /** Undefined until the first connection has said where the log stood. */
  #pushed: number | undefined
  /** The highest seq known to exist. */
  #heard = 0
  #filling = false
  /** Events of this turn that no connection has been offered yet. */
  #run: EventRun | undefined

  constructor(conversation: string, context: ChatContext, flusher: Flusher, observe: EventObserver) {
    this.conversation = conversation
    this.#context = context
    this.#flusher = flusher
    this.#observe = observe
  }

  get pushed(): number | undefined {
    return this.#pushed
  }

  get size(): number {
    return this.#subscriptions.size
  }

  subscription(subscriber: Subscriber): Subscription | undefined {
    return this.#subscriptions.get(subscriber)
  }

  subscribers(): Subscriber[] {
    return [...this.#subscriptions.keys()]
  }

  /** Registers a connection; it gets nothing until it is attached (W1). */
  watch(subscriber: Subscriber): Subscription {
    let subscription = this.#subscriptions.get(subscriber)
    if (!subscription) {
      subscription = new Subscription(subscriber, this.conversation, this.#context)
      this.#subscriptions.set(subscriber, subscription)
    }
    return subscription
  }

  unwatch(subscriber: Subscriber): void {
    this.#subscriptions.get(subscriber)?.detach()
    this.#subscriptions.delete(subscriber)
  }

  /** The connection has been told that the log stands at `head`: it gets what comes after that, and nothing twice (R1). */
  attach(subscriber: Subscriber, head: number): void {
    // What waits to be offered counts as pushed: without this the newcomer would read it from the store.
    this.flush()
    const subscription = this.watch(subscriber)
    this.#pushed ??= head
    subscription.attach(head)
    this.heard(head)
    subscription.catchUp(this.#pushed)
  }

  /** A committed event, from this node or another, in any order. */
  deliver(event: LogEvent): void {
    if (this.#pushed !== undefined && event.seq <= this.#pushed) return
    if (event.seq - 1 === this.#pushed && this.#early.size === 0) this.#push(event)
    else if (this.#early.size < earlyLimit) this.#early.set(event.seq, event)
    this.heard(event.seq)
  }

  /** The log is at least this long; what is not pushed yet is read. */
  heard(head: number): void {
    this.#heard = Math.max(this.#heard, head)
    this.#advance()
    if (this.#pushed !== undefined && this.#pushed < this.#heard) void this.#fill()
  }

  /** Tries again where a read failed; called by the audit (O4). */
  heal(): void {
    this.heard(this.#heard)
    // Else every connection would seem to lack the events of this turn.
    this.flush()
    if (this.#pushed === undefined) return
    for (const subscription of [...this.#subscriptions.values()]) subscription.catchUp(this.#pushed)
  }

  #advance(): void {
    if (this.#pushed === undefined || this.#early.size === 0) return
    for (let event = this.#early.get(this.#pushed + 1); event; event = this.#early.get(this.#pushed + 1)) this.#push(event)
    for (const seq of this.#early.keys()) if (seq <= this.#pushed) this.#early.delete(seq)
  }

  #push(event: LogEvent): void {
    this.#pushed = event.seq
    this.#early.delete(event.seq)
    // Who is a member changes between two runs, never within one: each run has one list of receivers (O6).
    const turns = event.kind === 'member'
    if (turns) this.flush()
    this.#observe(this, event)
    if (!this.#run?.add(event)) {
      this.flush()
      this.#run = new EventRun(this.conversation, event)
    }
    if (turns) this.flush()
    else this.#flusher.markSource(this)
  }

  /** Offers the events of this turn to every connection, encoded once for all of them. */
  flush(): void {
    const run = this.#run
    this.#run = undefined
    if (run) for (const subscription of this.#subscriptions.values()) subscription.offer(run)
  }

  /** Reads the hole after `pushed` from the store (O3). Errors end it; the audit begins again. */
  async #fill(): Promise<void> {
    if (this.#filling) return
    this.#filling = true
    try {
      while (this.#pushed !== undefined && this.#pushed < this.#heard && this.size > 0) {
        const from = this.#pushed + 1
        const events = await this.#context.store.range(this.conversation, from, this.#heard, limits.pageEvents)
        for (const event of events) if (event.seq === this.#pushed + 1) this.#push(event)
        this.#advance()
        if (this.#pushed < from) break
      }
    }
    catch (error) {
      this.#context.log.warn('could not read a hole in the fan-out', { conversation: this.conversation, error: String(error) })
    }
    finally {
      this.#filling = false
    }
  }
}
