import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type { ChatService, Outcome } from '#parley/server/chat/chat-service.ts'
import type { HookRecord } from '#parley/server/chat/hook-port.ts'
import type { Clock, Log, Random, Store } from '#parley/server/chat/ports.ts'
import { Turnstile } from '#parley/server/chat/turnstile.ts'
import { HookCaller } from '#parley/server/webhooks/hook-call.ts'
import type { OutgoingHookRecord } from '#parley/server/webhooks/hook-call.ts'
import { HookLane } from '#parley/server/webhooks/hook-lane.ts'
import type { HookTransport } from '#parley/server/webhooks/hook-transport.ts'
import { checkContent } from '#parley/shared/protocol/index.ts'
import type { CommandOutcome } from '#parley/shared/hooks.ts'

export interface OutgoingOptions {
  store: Store
  chat: () => Pick<ChatService, 'post'>
  clock: Clock
  random: Pick<Random, 'next'>
  log: Log
  transport: HookTransport & { close(): void }
}

/** Deliveries of all hooks under way at a time: more would only be more sockets. */
const atOnce = 8

const isOutgoing = (hook: HookRecord | undefined): hook is OutgoingHookRecord => hook?.outgoing !== undefined

/** What a webhook may answer to a command; a text alone is one, too. */
const commandAnswer = v.object({ text: v.optional(v.string()) })

/** A cid that is always the same for the same command: asked twice, its answer stands there once (S3). */
const answerCid = (hook: string, user: string, cid: string): string =>
  createHash('sha256').update(`${hook} ${user} ${cid}`).digest('hex').replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5')

function textOf(answer: string): string {
  try {
    return v.parse(commandAnswer, JSON.parse(answer)).text ?? ''
  }
  catch {
    return ''
  }
}

/** Webhooks that call out: told of every event that is committed, off the way of the chat, and asked when somebody types a command of theirs. */
export class OutgoingHooks {
  readonly #options: OutgoingOptions
  readonly #caller: HookCaller
  readonly #places = new Turnstile(atOnce)
  /** By conversation and hook. A conversation without hooks costs one look. */
  readonly #lanes = new Map<string, Map<string, HookLane>>()

  constructor(options: OutgoingOptions) {
    this.#options = options
    this.#caller = new HookCaller(options)
  }

  /** Goes on where the last run was. */
  async start(): Promise<void> {
    for (const hook of await this.#options.store.outgoingHooks()) this.open(hook)
  }

  /** Never waits, never throws: it is called for each event of the server. */
  noticed(conversation: string): void {
    const lanes = this.#lanes.get(conversation)
    if (lanes) for (const lane of lanes.values()) lane.nudge()
  }

  /** A hook is new, or goes on. */
  open(hook: HookRecord): void {
    if (!isOutgoing(hook) || hook.outgoing.pausedAt !== undefined) return
    this.shut(hook.conversation, hook.id)
    const { store, clock, random, log } = this.#options
    const lane = new HookLane(hook, { store, clock, random, log, caller: this.#caller, places: this.#places, onPaused: id => this.shut(hook.conversation, id) })
    const lanes = this.#lanes.get(hook.conversation) ?? new Map<string, HookLane>()
    this.#lanes.set(hook.conversation, lanes.set(hook.id, lane))
    lane.nudge()
  }

  /** A hook is paused, or no more. */
  shut(conversation: string, id: string): void {
    const lanes = this.#lanes.get(conversation)
    lanes?.get(id)?.close()
    lanes?.delete(id)
    if (lanes?.size === 0) this.#lanes.delete(conversation)
  }

  /** Tries an event again that was given up, out of its order. @returns why it failed; undefined: it is delivered */
  async retry(hook: HookRecord, seq: number): Promise<string | undefined> {
    const { store } = this.#options
    const [event] = await store.range(hook.conversation, seq, seq, 1)
    if (!isOutgoing(hook) || !event) return 'not_found'
    const result = await this.#caller.deliver(hook, event)
    if (result.ok) await store.forgetHookFailure(hook.id, seq)
    return result.ok ? undefined : result.fault
  }

  /** Asks the hook that has this command, and posts what it answers as its bot. */
  async command(hook: HookRecord, user: string, asked: { name: string, args: string, cid: string }): Promise<Outcome<CommandOutcome>> {
    if (!isOutgoing(hook)) return { ok: false, code: 'not_found', message: 'there is no such command' }
    const result = await this.#caller.command(hook, user, asked)
    if (!result.ok) return { ok: true, value: { outcome: 'failed', error: result.fault } }
    const text = textOf(result.answer.text)
    if (text.trim() === '') return { ok: true, value: { outcome: 'silent' } }
    const checked = checkContent({ type: 'text', text })
    if (!checked.ok) return { ok: true, value: { outcome: 'failed', error: checked.code } }
    const answer = await this.#options.chat().post(hook.bot.id, { type: 'send', cid: answerCid(hook.id, user, asked.cid), conversation: hook.conversation, content: { type: 'text', text } })
    if (answer.type === 'ack') return { ok: true, value: { outcome: 'posted', seq: answer.seq } }
    // The command was asked again and got another answer: the first one stands.
    return { ok: true, value: answer.code === 'cid_conflict' ? { outcome: 'silent' } : { outcome: 'failed', error: answer.code } }
  }

  close(): void {
    for (const lanes of this.#lanes.values()) for (const lane of lanes.values()) lane.close()
    this.#lanes.clear()
    this.#options.transport.close()
  }
}
