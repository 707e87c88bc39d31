import type { Environment } from '#parley/client/environment.ts'
import type { ClientTiming } from '#parley/client/timing.ts'
import { encodeFrame } from '#parley/shared/protocol/index.ts'
import type { ClientFrame, Heads } from '#parley/shared/protocol/index.ts'

export interface ReceiptsOptions {
  environment: Environment
  timing: ClientTiming
  send(encoded: readonly string[]): boolean
}

type ReceiptKind = 'read' | 'delivered'

interface Mark {
  readonly kind: ReceiptKind
  readonly conversation: string
  /** How far this device has come; only grows (R18). */
  reached: number
  /** What the server was heard to know. */
  confirmed: number
  /** What went over the present connection. */
  sent: number
  sentAt: number
}

/**
 * Own read and delivery marks on their way to the server: cumulative, unanswered, at most one of each per conversation and second
 * (PROTOCOL 8). What was not seen confirmed goes again over the next connection.
 */
export class Receipts {
  readonly #options: ReceiptsOptions
  readonly #marks = new Map<string, Mark>()
  #online = false
  #cancel: (() => void) | undefined

  constructor(options: ReceiptsOptions) {
    this.#options = options
  }

  connected(heads: Heads): void {
    this.#online = true
    for (const [conversation, [, readSeq]] of Object.entries(heads)) this.confirm('read', conversation, readSeq)
    this.#flush()
  }

  disconnected(): void {
    this.#online = false
    this.#cancel?.()
    this.#cancel = undefined
    for (const mark of this.#marks.values()) mark.sent = 0
  }

  reach(kind: ReceiptKind, conversation: string, seq: number): void {
    const mark = this.#mark(kind, conversation)
    if (seq <= mark.reached) return
    mark.reached = seq
    this.#flush()
  }

  confirm(kind: ReceiptKind, conversation: string, seq: number): void {
    const mark = this.#mark(kind, conversation)
    mark.confirmed = Math.max(mark.confirmed, seq)
  }

  forget(conversation: string): void {
    this.#marks.delete(`read ${conversation}`)
    this.#marks.delete(`delivered ${conversation}`)
  }

  dispose(): void {
    this.disconnected()
    this.#marks.clear()
  }

  #mark(kind: ReceiptKind, conversation: string): Mark {
    const key = `${kind} ${conversation}`
    const mark = this.#marks.get(key) ?? { kind, conversation, reached: 0, confirmed: 0, sent: 0, sentAt: Number.NEGATIVE_INFINITY }
    this.#marks.set(key, mark)
    return mark
  }

  #flush(): void {
    if (!this.#online) return
    const now = this.#options.environment.monotonic()
    const frames: ClientFrame[] = []
    let soonest = Number.POSITIVE_INFINITY
    for (const mark of this.#marks.values()) {
      if (mark.reached <= Math.max(mark.confirmed, mark.sent)) continue
      const due = mark.sentAt + this.#options.timing.receiptEvery
      if (due > now) {
        soonest = Math.min(soonest, due)
        continue
      }
      mark.sent = mark.reached
      mark.sentAt = now
      frames.push({ type: mark.kind, conversation: mark.conversation, seq: mark.reached })
    }
    if (frames.length > 0) this.#options.send(frames.map(encodeFrame))
    this.#cancel?.()
    this.#cancel = soonest === Number.POSITIVE_INFINITY ? undefined : this.#options.environment.timer(() => this.#flush(), soonest - now)
  }
}
