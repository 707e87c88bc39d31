import type { AckFrame, Op, RejectFrame, StoreStatus } from '#parley/shared/protocol/index.ts'
import type { LogEvent } from '#parley/shared/model.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import type { AppendRequest, AppendResult, LogChange } from '#parley/server/chat/ports.ts'
import { StoreUnavailable } from '#parley/server/chat/ports.ts'
import type { StoreGate } from '#parley/server/chat/store-gate.ts'

/** What became of an op. */
export type OpFate
  = | { kind: 'answered', frame: AckFrame | RejectFrame }
    /** Known not to be committed (S4). */
    | { kind: 'refused', status: Exclude<StoreStatus, 'ok'> }
    /** Fail-stop (S5). */
    | { kind: 'unknown' }

function changeOf(op: Op): LogChange {
  switch (op.type) {
    case 'send': return { kind: 'message', content: op.content, ...(op.replyTo === undefined ? {} : { replyTo: op.replyTo }) }
    case 'edit': return { kind: 'edit', target: op.target, content: op.content }
    case 'delete': return { kind: 'delete', target: op.target }
    case 'react': return { kind: 'reaction', target: op.target, emoji: op.emoji, on: op.on }
  }
}

/** The one way into the log: every durable change goes through here, so that none is committed without its fan-out. */
export class Ops {
  readonly #context: ChatContext
  readonly #gate: StoreGate
  readonly #onCommit: (conversation: string, event: LogEvent) => void

  /** @param onCommit starts the fan-out of a new event; never called for a duplicate (S3, R2) */
  constructor(context: ChatContext, gate: StoreGate, onCommit: (conversation: string, event: LogEvent) => void) {
    this.#context = context
    this.#gate = gate
    this.#onCommit = onCommit
  }

  /**
   * Appends to the log and fans the event out. The store is called before this returns, so calls keep their order.
   *
   * @throws StoreUnavailable known not to be committed; anything else: fate unknown
   */
  async append(request: AppendRequest): Promise<AppendResult> {
    let result: AppendResult
    try {
      result = await this.#context.store.append(request)
    }
    catch (error) {
      if (error instanceof StoreUnavailable) this.#gate.refused(error.status)
      throw error
    }
    if (result.ok && !result.duplicate) {
      // Only a commit proves that the store takes writes again: a refusal or a duplicate needs none.
      this.#gate.passed()
      this.#onCommit(request.conversation, result.event)
    }
    return result
  }

  /** A change that the server makes for a user: membership, title. */
  change(conversation: string, actor: string, change: LogChange): Promise<AppendResult> {
    const { random, clock } = this.#context
    return this.append({ conversation, actor, cid: random.cid(), change, at: clock.now() })
  }

  /**
   * Carries out an op and makes its answer (S1).
   *
   * @throws as append
   */
  async submit(actor: string, op: Op): Promise<AckFrame | RejectFrame> {
    const { clock, settings } = this.#context
    const { cid, conversation } = op
    const limit = settings.recallLimit === undefined ? {} : { recallLimit: settings.recallLimit }
    const result = await this.append({ conversation, actor, cid, change: changeOf(op), at: clock.now(), ...limit })
    if (!result.ok) return { type: 'reject', cid, conversation, code: result.code, message: result.message }
    const { event, duplicate } = result
    const mentions = 'mentions' in event && event.mentions && event.mentions.length > 0 ? { mentions: event.mentions } : {}
    return { type: 'ack', cid, conversation, seq: event.seq, at: event.at, ...(duplicate ? { duplicate } : {}), ...mentions }
  }

  /** As submit, for the wire: never rejects. */
  async settle(actor: string, op: Op): Promise<OpFate> {
    try {
      return { kind: 'answered', frame: await this.submit(actor, op) }
    }
    catch (error) {
      if (error instanceof StoreUnavailable) return { kind: 'refused', status: error.status }
      this.#context.log.error('fate of an op is unknown', { user: actor, conversation: op.conversation, cid: op.cid, error: String(error) })
      return { kind: 'unknown' }
    }
  }
}
