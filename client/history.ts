import type { ChatHttp } from '#parley/client/environment.ts'
import type { HistoryDirection, Timeline } from '#parley/client/timeline.ts'
import type { HistoryResponse } from '#parley/shared/http.ts'

export interface HistoryOptions {
  http: ChatHttp
  timeline(conversation: string): Timeline
  /** Whether numbers of this epoch mean anything here (W4); known once the device's storage is read. */
  belongs(epoch: string): Promise<boolean>
  /** A page was put in; `leapt` when events were passed over that nobody counted one by one. */
  landed(conversation: string, page: HistoryResponse, leapt: boolean): void
}

/** Rows on screen at the first look, and per step of scrolling (U-S4). */
const pageRows = 50

/** Loads pages of history over HTTP into timelines (Y3), one request per direction at a time. */
export class History {
  readonly #options: HistoryOptions
  /** Conversations whose first page failed: not asked again by a mere look, else a view that looks on every change would ask for ever. */
  readonly #failed = new Set<string>()

  constructor(options: HistoryOptions) {
    this.#options = options
  }

  /** The newest page when nothing is held, one more when little is. */
  ensure(conversation: string): void {
    if (this.#failed.has(conversation)) return
    const timeline = this.#options.timeline(conversation)
    if (!timeline.loaded) void this.#load(conversation, 'newest', {})
    else if (timeline.window.attached && timeline.window.rows.length < pageRows && timeline.window.from > 1) void this.older(conversation)
  }

  /** A new connection, or the user's own wish: what failed may be asked for again. */
  forgiveFailures(): void {
    this.#failed.clear()
  }

  older(conversation: string): Promise<void> {
    const timeline = this.#options.timeline(conversation)
    if (!timeline.loaded) return this.#load(conversation, 'newest', {})
    const { from } = timeline.window
    return from <= 1 ? Promise.resolve() : this.#load(conversation, 'older', { before: from })
  }

  newer(conversation: string): Promise<void> {
    const { to } = this.#options.timeline(conversation).window
    return to === undefined ? Promise.resolve() : this.#load(conversation, 'newer', { after: to })
  }

  around(conversation: string, seq: number): Promise<void> {
    return this.#load(conversation, 'around', { around: seq })
  }

  present(conversation: string): Promise<void> {
    const { window } = this.#options.timeline(conversation)
    return window.attached && window.rows.length > 0 ? Promise.resolve() : this.#load(conversation, 'newest', {})
  }

  async #load(conversation: string, direction: HistoryDirection, query: { before?: number, after?: number, around?: number }, tries = 3): Promise<void> {
    const timeline = this.#options.timeline(conversation)
    const flight = timeline.takeOff(direction)
    if (flight === undefined) return
    const answer = await this.#options.http.history(conversation, { ...query, limit: pageRows })
    if (answer.kind === 'ok') {
      // Sent by a server with another past, or before this one's was replaced: its numbers name other messages here (W4).
      if (!await this.#options.belongs(answer.value.epoch)) {
        timeline.giveUp(flight)
        if (tries > 1) return this.#load(conversation, direction, query, tries - 1)
        this.#failed.add(conversation)
        return
      }
      const landing = timeline.land(flight, answer.value)
      if (landing === 'stale' && tries > 1) return this.#load(conversation, direction, query, tries - 1) // the log moved on before the answer
      if (landing === 'put' || landing === 'leapt') this.#options.landed(conversation, answer.value, landing === 'leapt')
      return
    }
    this.#failed.add(conversation)
    timeline.giveUp(flight)
    if (answer.kind === 'refused' && (answer.status === 404 || answer.status === 403)) timeline.setMissing(true)
  }
}
