import { fits, type CodeRun } from '#parley/composables/highlight/code-runs.ts'
import type { CodeLanguage } from '#parley/composables/highlight/code-languages.ts'

/** The part of a Worker that is used, so that a test can be one. */
export interface HighlightThread {
  postMessage(message: unknown): void
  terminate(): void
  onmessage: ((event: MessageEvent) => void) | null
  onerror: ((event: ErrorEvent) => void) | null
}

/** `runs` undefined: the grammar could not be loaded. */
export interface WorkerAnswer { id: number, runs: CodeRun[] | undefined, loaded: string[] }

export interface HighlighterOptions {
  start(): HighlightThread
  /** @returns what cancels it */
  timer(task: () => void, ms: number): () => void
  /** Addresses that the thread has loaded. */
  loaded(urls: readonly string[]): void
}

interface Job { key: string, code: string, language: CodeLanguage, waiting: Set<(runs: CodeRun[]) => void> }

/** UTF-16 units; longer code stays plain. */
export const longestCode = 12_000
/** Ms after which a thread counts as stuck in a grammar. The first job of a thread also loads it, on a busy machine for seconds; nothing else waits for it. */
export const patience = 15_000
/** Ms without work after which the thread is let go. */
export const idleFor = 60_000
/** Bytes of code and runs that are remembered, as they lie in memory: some hundreds of blocks. */
export const cacheBytes = 2 * 1024 * 1024
const runBytes = 32

/**
 * Colours code in a thread, one block at a time, the newest request first: that is the one on screen. What is found is remembered by code
 * and language; what a thread got stuck in stays plain and is not tried again.
 */
export class Highlighter {
  readonly #options: HighlighterOptions
  readonly #known = new Map<string, { runs: CodeRun[], bytes: number }>()
  readonly #jobs = new Map<string, Job>()
  #bytes = 0
  #thread: HighlightThread | undefined
  #running: { id: number, job: Job } | undefined
  #made = 0
  #cancelTimer: (() => void) | undefined

  constructor(options: HighlighterOptions) {
    this.#options = options
  }

  /** Known already. */
  runsOf(code: string, language: CodeLanguage): CodeRun[] | undefined {
    const key = `${language}\n${code}`
    const found = this.#known.get(key)
    if (found === undefined) return undefined
    this.#known.delete(key) // the least lately used are forgotten first
    this.#known.set(key, found)
    return found.runs
  }

  /** Calls `done` when the runs are known; never, when they cannot be. @returns what takes the wish back */
  request(code: string, language: CodeLanguage, done: (runs: CodeRun[]) => void): () => void {
    if (code.length > longestCode) return () => undefined
    const key = `${language}\n${code}`
    const job = this.#jobs.get(key) ?? { key, code, language, waiting: new Set() }
    job.waiting.add(done)
    this.#jobs.delete(key)
    this.#jobs.set(key, job)
    this.#next()
    return () => {
      job.waiting.delete(done)
      if (job.waiting.size === 0 && this.#running?.job !== job) this.#jobs.delete(key)
    }
  }

  dispose(): void {
    this.#jobs.clear()
    this.#stop()
  }

  #next(): void {
    if (this.#running !== undefined) return
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const job = [...this.#jobs.values()].at(-1)
    if (job === undefined) {
      if (this.#thread !== undefined) this.#cancelTimer = this.#options.timer(() => this.#stop(), idleFor)
      return
    }
    const known = this.runsOf(job.code, job.language)
    if (known !== undefined) return this.#finish(job, known)
    const id = ++this.#made
    this.#running = { id, job }
    this.#cancelTimer = this.#options.timer(() => this.#failed(), patience)
    try {
      this.#thread ??= this.#open()
      this.#thread.postMessage({ id, code: job.code, language: job.language })
    }
    catch {
      this.#failed() // no threads here, or none that may be started
    }
  }

  #open(): HighlightThread {
    const thread = this.#options.start()
    thread.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => this.#answered(data)
    thread.onerror = () => this.#failed()
    return thread
  }

  #answered({ id, runs, loaded }: WorkerAnswer): void {
    if (this.#running?.id !== id) return
    const { job } = this.#running
    this.#running = undefined
    if (loaded.length > 0) this.#options.loaded(loaded)
    if (!fits(runs, job.code)) {
      // Not loaded, as without the network: it is tried again when it is next on screen.
      this.#jobs.delete(job.key)
      return this.#next()
    }
    this.#remember(job, runs)
    this.#finish(job, runs)
  }

  #finish(job: Job, runs: CodeRun[]): void {
    this.#jobs.delete(job.key)
    for (const done of job.waiting) done(runs)
    this.#next()
  }

  /** The thread is stuck, or gone: another one goes on with the next block. */
  #failed(): void {
    const job = this.#running?.job
    this.#stop()
    if (job !== undefined) {
      this.#remember(job, [{ kind: 'plain', length: job.code.length }])
      this.#jobs.delete(job.key)
    }
    this.#next()
  }

  #stop(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#running = undefined
    this.#thread?.terminate()
    this.#thread = undefined
  }

  #remember({ key }: Job, runs: CodeRun[]): void {
    const bytes = key.length * 2 + runs.length * runBytes
    this.#bytes += bytes - (this.#known.get(key)?.bytes ?? 0)
    this.#known.set(key, { runs, bytes })
    for (const [oldest, { bytes: freed }] of this.#known) {
      if (this.#bytes <= cacheBytes) return
      this.#known.delete(oldest)
      this.#bytes -= freed
    }
  }
}
