import { Worker } from 'node:worker_threads'
import { StoreUnavailable, type AppendRequest, type AppendResult } from '#parley/server/chat/ports.ts'
import { committedEvent } from '#parley/server/storage/committed-event.ts'
import { errorOf, type Answers, type Call, type CallBatch, type ThreadStart } from '#parley/server/storage/sqlite/worker/messages.ts'
import type { ThreadGreeting } from '#parley/server/storage/sqlite/worker/run-thread.ts'

interface Pending {
  /** Only appends have one: the event is made of it. */
  request: AppendRequest | undefined
  /** A method, so that the promise's own function fits: a wrapper for each op is one more object that waits for the disk. */
  resolve(value: unknown): void
  reject(error: Error): void
}

/**
 * ```
 * starting ──ready──► running ──close──► closing ──exit──► ended
 *    │ cannot open       │ crash                            ▲
 *    └───────────────────┴──────────────────────────────────┘
 * ```
 */
type State = { phase: 'starting' | 'running' | 'closing' } | { phase: 'ended', error: Error }

/**
 * Ops in a thread's hands, and characters of their JSON, beyond which further ones are refused as `busy`: their connections hold them
 * and are not read (S4), so that a disk which cannot keep up fills sockets and not memory.
 */
const mostPending = 65_536
const mostCharacters = 64 * 1024 * 1024

/**
 * Reads that do not wait for the end of the turn: while thousands of connections come in, one turn lasts until the last of them has, and
 * the thread would do nothing (P4).
 */
const mostWaiting = 32

export interface StoreThreadOptions {
  entry: URL
  start: ThreadStart
  onCommit?: (writes: number, ms: number) => void
  /** Told how many calls were answered, and for how many ms the thread read for them. */
  onAnswers?: (calls: number, ms: number) => void
  /** The thread ended though nobody closed it; calls in its hands have been rejected. */
  onFailed: (error: Error) => void
}

/** One thread of the store, seen from the event loop. The calls of a turn go there together, and so do the answers of a commit come. */
export class StoreThread {
  readonly #worker: Worker
  readonly #options: StoreThreadOptions
  readonly #pending = new Map<number, Pending>()
  readonly #exited: Promise<void>
  readonly #ready: Promise<void>
  #state: State = { phase: 'starting' }
  #waiting: Call[] = []
  #calls = 0
  #generation = 0
  /** Batches that are under way: their last call, and their length. */
  #batches: { last: number, characters: number }[] = []
  #characters = 0
  /** Appends that found the queue full; they are refused in their turn, and so is all that comes before it is empty. */
  #turnedAway: Pending[] = []
  #appends = 0

  constructor(options: StoreThreadOptions) {
    this.#options = options
    const { start, entry } = options
    const worker = new Worker(entry, { workerData: start, name: `parley ${start.role}` })
    this.#worker = worker
    this.#exited = new Promise(resolve => worker.once('exit', () => resolve()))
    this.#ready = new Promise((resolve, reject) => {
      worker.once('message', (greeting: ThreadGreeting) => {
        if (!greeting.ready) return this.#end(errorOf(greeting.failure), reject)
        this.#state = { phase: 'running' }
        worker.on('message', (answers: Answers) => this.#settle(answers))
        resolve()
      })
      const lost = (cause: unknown) => this.#end(new Error(`the ${start.role} thread of the store ended unexpectedly`, { cause }), reject)
      worker.on('error', lost)
      worker.on('exit', code => lost(`exit code ${code}`))
    })
    this.#ready.catch(() => undefined)
  }

  /** @throws ConfigurationError the file cannot be used */
  ready(): Promise<void> {
    return this.#ready
  }

  /** Lets a reader open the file, which the writer has made ready. */
  open(): Promise<void> {
    this.#worker.postMessage('open')
    return this.#ready
  }

  call<T>(method: string, args: unknown[]): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#refused(reject)) return
      this.#enqueue({ method, args }, { request: undefined, resolve, reject })
      if (this.#waiting.length >= mostWaiting) this.#send()
    })
  }

  append(request: AppendRequest): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      if (this.#refused(reject)) return
      const pending: Pending = { request, resolve, reject }
      const full = this.#appends >= mostPending || this.#characters >= mostCharacters
      if (full || this.#turnedAway.length > 0) {
        this.#turnedAway.push(pending)
        return
      }
      this.#appends++
      this.#enqueue(request, pending)
    })
  }

  /** Calls in its hands. */
  get pending(): number {
    return this.#pending.size
  }

  /** Waits for what is in hand, and for the end of the thread. */
  async close(): Promise<void> {
    if (this.#state.phase === 'running') {
      const closed = this.call('close', [])
      this.#state = { phase: 'closing' }
      await closed.catch(() => undefined)
    }
    await this.terminate()
  }

  /** Ends the thread at once, whatever it does. */
  async terminate(): Promise<void> {
    if (this.#state.phase !== 'ended') this.#state = { phase: 'closing' }
    await this.#worker.terminate()
    await this.#exited
  }

  #refused(reject: (error: Error) => void): boolean {
    if (this.#state.phase === 'running') return false
    reject(this.#state.phase === 'ended' ? this.#state.error : new Error('the store is closed'))
    return true
  }

  #enqueue(call: Call, pending: Pending): void {
    this.#pending.set(this.#calls++, pending)
    if (this.#waiting.push(call) === 1) setImmediate(() => this.#send())
  }

  #send(): void {
    const calls = this.#waiting
    if (calls.length === 0) return
    this.#waiting = []
    const text = JSON.stringify({ first: this.#calls - calls.length, generation: this.#generation, calls } satisfies CallBatch)
    this.#characters += text.length
    this.#batches.push({ last: this.#calls - 1, characters: text.length })
    this.#worker.postMessage(text)
  }

  #settle({ appended, settled, commits, reading, generation }: Answers): void {
    if (generation !== this.#generation) {
      // What waits here was issued before anybody could know of the refusal.
      this.#send()
      this.#generation = generation
    }
    for (const [writes, ms] of commits) this.#options.onCommit?.(writes, ms)
    this.#options.onAnswers?.(settled.length, reading)
    // Both lists are in call order, and so do the calls settle.
    let at = 0
    const appendedBelow = (limit: number) => {
      for (; at < appended.length && appended[at]! < limit; at += 2) this.#committed(appended[at]!, appended[at + 1]!)
    }
    for (const [call, json, failure, text] of settled) {
      appendedBelow(call)
      const pending = this.#take(call)
      if (failure) pending?.reject(errorOf(failure))
      else pending?.resolve(json === undefined ? text : JSON.parse(json))
    }
    appendedBelow(Infinity)
    this.#forget(Math.max(appended.at(-2) ?? 0, settled.at(-1)?.[0] ?? 0))
    if (this.#appends === 0) for (const { reject } of this.#turnedAway.splice(0)) reject(new StoreUnavailable('busy'))
  }

  /** Batches up to this call are no longer under way. */
  #forget(reached: number): void {
    while (this.#batches[0] && (this.#batches[0].last <= reached || this.#pending.size === 0)) this.#characters -= this.#batches.shift()!.characters
  }

  #committed(call: number, seq: number): void {
    const pending = this.#take(call)
    if (pending?.request) pending.resolve({ ok: true, event: committedEvent(pending.request, { seq }), duplicate: false } satisfies AppendResult)
  }

  #take(call: number): Pending | undefined {
    const pending = this.#pending.get(call)
    this.#pending.delete(call)
    if (pending?.request) this.#appends--
    return pending
  }

  /** Nothing more comes from the thread. Whether its last writes are on disk nobody can say (S5). */
  #end(error: Error, rejectReady: (error: Error) => void): void {
    if (this.#state.phase === 'ended') return
    const { phase } = this.#state
    this.#state = { phase: 'ended', error: phase === 'closing' ? new Error('the store is closed') : error }
    rejectReady(error)
    const lost = [...this.#pending.values(), ...this.#turnedAway.splice(0)]
    this.#pending.clear()
    for (const pending of lost) pending.reject(error)
    if (phase === 'running') this.#options.onFailed(error)
  }
}
