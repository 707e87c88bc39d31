import type { Environment } from '#parley/client/environment.ts'
import type { EntryStatus, OutboxEntry } from '#parley/client/outbox.ts'
import type { ClientTiming } from '#parley/client/timing.ts'
import { encodeFrame, limits } from '#parley/shared/protocol/index.ts'

export interface SenderOptions {
  environment: Environment
  timing: ClientTiming
  send(encoded: readonly string[], alone: boolean): boolean
  probe(): void
  /** In order. */
  entries(): readonly OutboxEntry[]
  mark(cid: string, status: EntryStatus): void
}

/**
 * How ops go out. `single` follows a 1009: some op of the window was too big for the server, and only one sent alone can be told to
 * be it (T4). It lasts until all ops that were under suspicion are settled.
 */
type Mode = { name: 'pipelined' } | { name: 'single', suspects: Set<string> }

/** Decides which ops go over the live connection and when: in order, within the window (S6, S7). */
export class OutboxSender {
  readonly #options: SenderOptions
  #online = false
  #mode: Mode = { name: 'pipelined' }
  #cancelSilence: (() => void) | undefined
  #cancelGrace: (() => void) | undefined

  constructor(options: SenderOptions) {
    this.#options = options
  }

  connected(): void {
    this.#online = true
    for (const entry of this.#options.entries()) {
      if (entry.status.name === 'queued' && entry.status.notBefore > 0) this.#options.mark(entry.op.cid, { name: 'queued', notBefore: 0 })
    }
    this.pump()
  }

  /** @returns the cid of the op that alone brought 1009 */
  disconnected(oversize: boolean): string | undefined {
    this.#online = false
    this.#stopTimers()
    const sending = this.#options.entries().filter(entry => entry.status.name === 'sending')
    for (const entry of sending) this.#options.mark(entry.op.cid, { name: 'queued', notBefore: 0 })
    if (!oversize) return undefined
    if (this.#mode.name === 'single') return sending[0]?.op.cid
    this.#mode = { name: 'single', suspects: new Set(sending.map(entry => entry.op.cid)) }
    return undefined
  }

  /** Sends what may go now. */
  pump(): void {
    if (!this.#online) return
    if (this.#mode.name === 'single' && !this.#suspected(this.#mode.suspects)) this.#mode = { name: 'pipelined' }
    const due = this.#due()
    if (due.length > 0) {
      const since = this.#options.environment.monotonic()
      for (const entry of due) this.#options.mark(entry.op.cid, { name: 'sending', since })
      this.#options.send(due.map(entry => encodeFrame(entry.op)), this.#mode.name === 'single')
    }
    this.#watchSilence()
  }

  dispose(): void {
    this.#online = false
    this.#stopTimers()
  }

  #suspected(suspects: ReadonlySet<string>): boolean {
    return this.#options.entries().some(entry => suspects.has(entry.op.cid) && entry.status.name !== 'failed')
  }

  #due(): OutboxEntry[] {
    const entries = this.#options.entries()
    const room = (this.#mode.name === 'single' ? 1 : limits.pipeline) - entries.filter(entry => entry.status.name === 'sending').length
    const due: OutboxEntry[] = []
    let held: OutboxEntry[] = []
    for (const entry of entries) {
      if (entry.status.name === 'storing') break // what comes after it must not overtake it (S6)
      if (entry.status.name !== 'queued') continue
      if (entry.status.notBefore > this.#options.environment.monotonic()) held.push(entry)
      else {
        due.push(...held, entry) // an own op drags along what another tab made before it
        held = []
      }
    }
    this.#watchGrace(held)
    return due.slice(0, Math.max(0, room))
  }

  /** A tab that was frozen while it flushed is covered by this one after a while (F39). */
  #watchGrace(held: readonly OutboxEntry[]): void {
    this.#cancelGrace?.()
    this.#cancelGrace = undefined
    const first = held[0]
    if (first?.status.name !== 'queued') return
    const delay = first.status.notBefore - this.#options.environment.monotonic()
    this.#cancelGrace = this.#options.environment.timer(() => this.pump(), Math.max(0, delay))
  }

  #watchSilence(): void {
    if (this.#cancelSilence !== undefined || !this.#online) return
    const since = this.#oldestSending()
    if (since === undefined) return
    const { environment, timing } = this.#options
    this.#cancelSilence = environment.timer(() => {
      this.#cancelSilence = undefined
      const oldest = this.#oldestSending()
      if (oldest !== undefined && environment.monotonic() - oldest >= timing.opSilence) this.#options.probe()
      this.#watchSilence()
    }, Math.max(timing.opSilence / 3, timing.opSilence - (environment.monotonic() - since)))
  }

  #oldestSending(): number | undefined {
    let oldest: number | undefined
    for (const { status } of this.#options.entries()) {
      if (status.name === 'sending') oldest = Math.min(oldest ?? status.since, status.since)
    }
    return oldest
  }

  #stopTimers(): void {
    this.#cancelSilence?.()
    this.#cancelGrace?.()
    this.#cancelSilence = undefined
    this.#cancelGrace = undefined
  }
}
