import type { AckFrame, Op, RejectFrame, StoreStatus } from '#parley/shared/protocol/index.ts'
import type { Content, LogEvent } from '#parley/shared/model.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import type { BeforeMessage } from '#parley/server/chat/policies-port.ts'
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
    case 'send': return op.replyTo === undefined ? { kind: 'message', content: op.content } : { kind: 'message', content: op.content, replyTo: op.replyTo }
    case 'edit': return { kind: 'edit', target: op.target, content: op.content }
    case 'delete': return { kind: 'delete', target: op.target }
    case 'react': return { kind: 'reaction', target: op.target, emoji: op.emoji, on: op.on }
  }
}

/** What was kept in place of what the sender sent (S9); a duplicate may have met another filter than this time. */
function keptInstead(op: Op, { masked }: AppendRequest, { event, duplicate }: Extract<AppendResult, { ok: true }>): Content | undefined {
  if (masked !== undefined && !duplicate) return masked
  if (!duplicate || !('content' in op) || !('content' in event)) return undefined
  return JSON.stringify(event.content) === JSON.stringify(op.content) ? undefined : event.content
}

function answerOf(request: AppendRequest, op: Op, result: AppendResult): AckFrame | RejectFrame {
  const { cid, conversation } = op
  if (!result.ok) return { type: 'reject', cid, conversation, code: result.code, message: result.message }
  const { event, duplicate } = result
  const ack: AckFrame = { type: 'ack', cid, conversation, seq: event.seq, at: event.at }
  if (duplicate) ack.duplicate = true
  if ('mentions' in event && event.mentions && event.mentions.length > 0) ack.mentions = event.mentions
  const kept = keptInstead(op, request, result)
  if (kept) ack.content = kept
  return ack
}

/** What a change that the server makes may bring along. */
export type ChangeExtra = Pick<AppendRequest, 'invite' | 'closing' | 'authority' | 'ban' | 'audit'>

/** A run of ops that wait for their fates. Neither method throws. */
export interface OpRun {
  settled(place: number, fate: OpFate): void
  /** Ends the run if all of it is settled; called again and again. */
  goOn(): void
}

/** The one way into the log: every durable change goes through here, so that none is committed without its fan-out. */
export class Ops {
  readonly #context: ChatContext
  readonly #gate: StoreGate
  readonly #onCommit: (conversation: string, event: LogEvent) => void
  /** Runs that got a fate of a commit whose other fates may not be known yet. */
  #settled: OpRun[] = []

  /** @param onCommit starts the fan-out of a new event; never called for a duplicate (S3, R2) */
  constructor(context: ChatContext, gate: StoreGate, onCommit: (conversation: string, event: LogEvent) => void) {
    this.#context = context
    this.#gate = gate
    this.#onCommit = onCommit
  }

  /** A change that the server makes for a user: membership, title. @throws as submit */
  async change(conversation: string, actor: string, change: LogChange, extra: ChangeExtra = {}): Promise<AppendResult> {
    const { random, clock } = this.#context
    const request: AppendRequest = { conversation, actor, cid: random.cid(), change, at: clock.now(), ...extra }
    try {
      return this.#appended(request, await this.#context.store.append(request))
    }
    catch (error) {
      throw this.#unavailable(error)
    }
  }

  /**
   * Carries out an op and makes its answer (S1).
   *
   * @throws StoreUnavailable known not to be committed; anything else: fate unknown
   */
  async submit(actor: string, op: Op, authority?: 'bot'): Promise<AckFrame | RejectFrame> {
    const request = this.#requestOf(actor, op)
    if (authority !== undefined) request.authority = authority
    try {
      const answer = this.#answer(request, op, await this.#context.store.append(request))
      if (answer.type === 'reject') this.#context.counters.rejects.add(answer.code)
      return answer
    }
    catch (error) {
      throw this.#unavailable(error)
    }
  }

  /**
   * As submit, for the wire. The store is called before this returns, so calls keep their order. Ten thousand of these a second are under
   * way, and each promise behind the first would cost as much as reading the op.
   *
   * @param place of the op in its run
   */
  settle(actor: string, op: Op, run: OpRun, place: number): void {
    const request = this.#requestOf(actor, op)
    this.#context.store.append(request).then(
      result => this.#tell(run, place, this.#fateOf(request, op, result)),
      (error: unknown) => this.#tell(run, place, this.#fateAfter(request, this.#unavailable(error))),
    )
  }

  /**
   * A connection goes on with its next op when its run has ended. By then the gate must know of every refusal of the same commit: else that
   * op would pass one that the store took to be before it (S4, S6).
   */
  #tell(run: OpRun, place: number, fate: OpFate): void {
    run.settled(place, fate)
    if (this.#settled.push(run) === 1) queueMicrotask(() => this.#goOn())
  }

  #goOn(): void {
    const runs = this.#settled
    this.#settled = []
    for (const run of runs) run.goOn()
  }

  #requestOf(actor: string, op: Op): AppendRequest {
    const { clock, policies } = this.#context
    const { recallLimit, editLimit, beforeMessage } = policies()
    const { cid, conversation } = op
    const request: AppendRequest = { conversation, actor, cid, change: changeOf(op), at: clock.now() }
    if (recallLimit !== undefined) request.recallLimit = recallLimit
    if (editLimit !== undefined) request.editLimit = editLimit
    if (beforeMessage !== undefined && 'content' in op) this.#review(request, op, beforeMessage)
    return request
  }

  /** A check that fails lets nothing through: a filter that stops working must not go unnoticed. */
  #review(request: AppendRequest, op: Extract<Op, { content: Content }>, beforeMessage: BeforeMessage): void {
    const { conversation, actor: sender, cid } = request
    try {
      const verdict = beforeMessage({ kind: op.type === 'send' ? 'message' : 'edit', conversation, sender, content: op.content })
      if (verdict === undefined) return
      if ('refuse' in verdict) request.refusal = verdict.refuse
      else request.masked = verdict.keep
    }
    catch (error) {
      this.#context.log.error('a check of messages failed', { user: sender, conversation, cid, error: String(error) })
      request.refusal = { code: 'forbidden', message: 'the message could not be checked' }
    }
  }

  #answer(request: AppendRequest, op: Op, result: AppendResult): AckFrame | RejectFrame {
    const { counters } = this.#context
    counters.ops[op.type]++
    if (result.ok && result.duplicate) counters.duplicates++
    return answerOf(request, op, this.#appended(request, result))
  }

  /** Fans a new event out. */
  #appended(request: AppendRequest, result: AppendResult): AppendResult {
    if (result.ok && !result.duplicate) {
      // Only a commit proves that the store takes writes again: a refusal or a duplicate needs none.
      this.#gate.passed()
      this.#onCommit(request.conversation, result.event)
    }
    return result
  }

  #unavailable(error: unknown): unknown {
    if (!(error instanceof StoreUnavailable)) return error
    this.#context.counters.refused.add(error.status)
    this.#gate.refused(error.status)
    return error
  }

  #fateOf(request: AppendRequest, op: Op, result: AppendResult): OpFate {
    try {
      return { kind: 'answered', frame: this.#answer(request, op, result) }
    }
    catch (error) {
      return this.#fateAfter(request, error)
    }
  }

  #fateAfter({ actor, conversation, cid }: AppendRequest, error: unknown): OpFate {
    if (error instanceof StoreUnavailable) return { kind: 'refused', status: error.status }
    this.#context.counters.unknownFates++
    this.#context.log.error('fate of an op is unknown', { user: actor, conversation, cid, error: String(error) })
    return { kind: 'unknown' }
  }
}
