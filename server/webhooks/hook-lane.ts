import type { LogEvent } from '#parley/shared/model.ts'
import type { Clock, Log, Random, Store } from '#parley/server/chat/ports.ts'
import type { HookProgress } from '#parley/server/chat/hook-port.ts'
import type { Turnstile } from '#parley/server/chat/turnstile.ts'
import type { CallResult, HookCaller, OutgoingHookRecord } from '#parley/server/webhooks/hook-call.ts'

export interface LaneOptions {
  store: Pick<Store, 'range' | 'saveHookProgress'>
  clock: Clock
  random: Pick<Random, 'next'>
  log: Log
  caller: HookCaller
  /** How many deliveries of all hooks are under way at a time. */
  places: Turnstile
  /** The lane has paused its hook. */
  onPaused: (id: string) => void
}

/** Events read at a time. */
const batch = 50
/** Tries of one event: with these waits some eight minutes, then it is given up. */
const mostAttempts = 10
const firstWait = 1_000
const longestWait = 300_000
/** Events given up in a row, over three quarters of an hour, after which nothing more is tried. */
const mostGivenUp = 5
/** Ms after which a store that could not be read is asked again. */
const storeWait = 5_000

/**
 * Delivers the log of one conversation to one webhook: in order, each event until it is delivered or given up, and none before the one
 * before it. The cursor is written down after each, so a server that restarts goes on where it was: at least once, never out of order.
 *
 *   idle ──nudge──► reading ──event──► calling ──2xx──► reading …  ──nothing left──► idle
 *                                        │ else ──► waiting (backoff) ──► calling;  after ten tries: given up ──► reading
 *   any ──410, five given up in a row──► paused;  any ──close──► closed
 */
export class HookLane {
  readonly #options: LaneOptions
  readonly #hook: OutgoingHookRecord
  #cursor: number
  #givenUp = 0
  #state: 'idle' | 'running' | 'again' | 'closed' = 'idle'
  #wake: (() => void) | undefined

  constructor(hook: OutgoingHookRecord, options: LaneOptions) {
    this.#hook = hook
    this.#options = options
    this.#cursor = hook.outgoing.cursor
  }

  /** There may be something new. Never waits, never throws. */
  nudge(): void {
    if (this.#state === 'running') this.#state = 'again'
    if (this.#state !== 'idle') return
    this.#state = 'running'
    void this.#run()
  }

  close(): void {
    this.#state = 'closed'
    this.#wake?.()
  }

  /** Asked anew each time: it changes while others are waited for. */
  #closed(): boolean {
    return this.#state === 'closed'
  }

  async #run(): Promise<void> {
    while (!this.#closed()) {
      this.#state = 'running'
      const events = await this.#read()
      for (const event of events) {
        if (!this.#closed()) await this.#pass(event)
      }
      if (this.#closed()) return
      // Nothing left, and nothing said since the log was read.
      if (events.length === 0 && this.#asked() !== 'again') {
        this.#state = 'idle'
        return
      }
    }
  }

  #asked(): string {
    return this.#state
  }

  async #read(): Promise<LogEvent[]> {
    const { store, log } = this.#options
    const { id, conversation } = this.#hook
    for (;;) {
      try {
        return await store.range(conversation, this.#cursor + 1, this.#cursor + batch, batch)
      }
      catch (error) {
        log.warn('events for a webhook could not be read', { hook: id, conversation, error: String(error) })
        await this.#rest(storeWait)
        if (this.#closed()) return []
      }
    }
  }

  async #pass(event: LogEvent): Promise<void> {
    const { events } = this.#hook.outgoing
    // Its own bot's words would only make it answer itself.
    if (event.sender !== this.#hook.bot.id && events.includes(event.kind)) await this.#deliver(event)
    else this.#cursor = event.seq
  }

  async #deliver(event: LogEvent): Promise<void> {
    const { clock, caller, places } = this.#options
    for (let attempt = 1; !this.#closed(); attempt++) {
      const result = await places.run(() => caller.deliver(this.#hook, event))
      if (this.#closed()) return
      if (result.ok) {
        this.#givenUp = 0
        return this.#save({ cursor: event.seq, lastUsedAt: clock.now(), fault: null })
      }
      if (result.gone) return this.#pause({ fault: result.fault })
      if (attempt === mostAttempts) return this.#giveUp(event, attempt, result.fault)
      if (attempt === 1) await this.#save({ fault: result.fault })
      await this.#rest(this.#waitAfter(attempt, result))
    }
  }

  /** Waits double, and differ: hooks of one server that was away must not all come back at once. */
  #waitAfter(attempt: number, result: Extract<CallResult, { ok: false }>): number {
    const backoff = Math.min(longestWait, firstWait * 2 ** (attempt - 1)) * (0.5 + this.#options.random.next() / 2)
    return Math.max(backoff, Math.min(result.retryAfter ?? 0, longestWait))
  }

  async #giveUp({ seq }: LogEvent, attempts: number, error: string): Promise<void> {
    await this.#save({ cursor: seq, fault: error, failure: { seq, at: this.#options.clock.now(), attempts, error } })
    this.#givenUp++
    if (this.#givenUp >= mostGivenUp) await this.#pause({})
  }

  async #pause(progress: HookProgress): Promise<void> {
    const { clock, log, onPaused } = this.#options
    const { id, conversation } = this.#hook
    await this.#save({ ...progress, pausedAt: clock.now() })
    log.warn('a webhook is paused: it takes no events', { hook: id, conversation })
    this.close()
    onPaused(id)
  }

  /** What cannot be written down now is with the next event; after a crash in between, events come twice. */
  async #save(progress: HookProgress): Promise<void> {
    const { store, log } = this.#options
    this.#cursor = Math.max(this.#cursor, progress.cursor ?? 0)
    try {
      await store.saveHookProgress(this.#hook.id, { cursor: this.#cursor, ...progress })
    }
    catch (error) {
      log.warn('the progress of a webhook could not be stored', { hook: this.#hook.id, error: String(error) })
    }
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.timer(() => this.#wake?.(), ms)
      this.#wake = () => {
        cancel()
        this.#wake = undefined
        resolve()
      }
    })
  }
}
