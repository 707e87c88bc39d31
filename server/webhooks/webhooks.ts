import { mayManageHooks } from '#parley/server/chat/access.ts'
import type { ChatService, Outcome } from '#parley/server/chat/chat-service.ts'
import type { HookChange, HookRecord, NewHook } from '#parley/server/chat/hook-port.ts'
import type { AuditEntry } from '#parley/server/chat/moderation-port.ts'
import type { Clock, Random, Store } from '#parley/server/chat/ports.ts'
import { endpointFault } from '#parley/server/push/address-guard.ts'
import type { AddressRule } from '#parley/server/push/address-guard.ts'
import { hookHash, makeHookToken } from '#parley/server/webhooks/hook-token.ts'
import type { OutgoingHooks } from '#parley/server/webhooks/outgoing.ts'
import type { CommandOutcome, CommandsResponse, Hook, HookCommand, HookFailure, NewHookResponse, RetryOutcome } from '#parley/shared/hooks.ts'

/** What a new webhook is to be. */
export interface HookPlan {
  /** Of its bot. */
  name: string
  /** Id of a stored avatar. */
  avatar?: string
}

/** Who acts, for the audit log. */
export interface HookActor { id: string, address: string }

/** Where an outgoing one goes, and of what it is told. */
export interface OutgoingPlan extends HookPlan, Pick<NonNullable<NewHook['outgoing']>, 'url' | 'events' | 'commands'> {}

/** What is to be otherwise of one; absent fields stay as they are. */
export type HookEdit = Omit<HookChange, 'outgoing'> & NonNullable<HookChange['outgoing']>

export interface WebhooksOptions {
  chat: () => Pick<ChatService, 'tellUser'>
  outgoing: OutgoingHooks
  rule: AddressRule
  store: Store
  clock: Pick<Clock, 'now'>
  random: Pick<Random, 'id'>
}

/** Webhooks of one conversation: more than anyone keeps an eye on. */
const mostHooks = 20

type Refused = Extract<Outcome<never>, { ok: false }>

const noConversation: Refused = { ok: false, code: 'not_found', message: 'there is no such conversation' }
const noHook: Refused = { ok: false, code: 'not_found', message: 'there is no such webhook' }
const commandTaken: Refused = { ok: false, code: 'bad_target', message: 'another webhook has a command of that name' }

/** As its managers see it. */
function hookOf({ id, bot, creator, createdAt, lastUsedAt, outgoing, failures }: HookRecord): Hook {
  return {
    id, kind: outgoing ? 'outgoing' : 'incoming', bot, creator, createdAt,
    ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
    ...(outgoing
      ? {
          outgoing: {
            url: outgoing.url, events: outgoing.events, commands: outgoing.commands, failures,
            ...(outgoing.pausedAt === undefined ? {} : { pausedAt: outgoing.pausedAt }),
            ...(outgoing.fault === undefined ? {} : { fault: outgoing.fault }),
          },
        }
      : {}),
  }
}

/** Webhooks as the owner and admins of a conversation manage them. What they are for is in incoming.ts and outgoing.ts. */
export class Webhooks {
  readonly #options: WebhooksOptions

  constructor(options: WebhooksOptions) {
    this.#options = options
  }

  async list(user: string, conversation: string): Promise<Outcome<Hook[]>> {
    return await this.#refusal(user, conversation) ?? { ok: true, value: (await this.#options.store.hooksOf(conversation)).map(hookOf) }
  }

  /** The token is in this answer and nowhere else. */
  async createIncoming(actor: HookActor, conversation: string, plan: HookPlan): Promise<Outcome<NewHookResponse>> {
    const token = makeHookToken()
    const made = await this.#create(actor, conversation, plan, { hash: hookHash(token) })
    return made.ok ? { ok: true, value: { hook: made.value, token } } : made
  }

  /** The secret is in this answer and nowhere else that anybody sees. */
  async createOutgoing(actor: HookActor, conversation: string, { url, events, commands, ...plan }: OutgoingPlan): Promise<Outcome<NewHookResponse>> {
    const fault = this.#fault(url, commands)
    if (fault) return fault
    const secret = makeHookToken()
    const made = await this.#create(actor, conversation, plan, { outgoing: { url, secret, events, commands } })
    if (!made.ok) return made
    const record = await this.#options.store.hook(made.value.id)
    if (record) this.#options.outgoing.open(record)
    return { ok: true, value: { hook: made.value, secret } }
  }

  /** Another name, picture, address, or other events and commands; the token or secret stays, and so does what has not been delivered. */
  async change({ id: user, address }: HookActor, conversation: string, id: string, { name, avatar, ...half }: HookEdit): Promise<Outcome<Hook>> {
    const { store, clock, chat, outgoing } = this.#options
    const found = await this.#managed(user, conversation, id)
    if (!found.ok) return found
    const { value: before } = found
    const isHalf = Object.keys(half).length > 0
    if (isHalf && !before.outgoing) return { ok: false, code: 'bad_content', message: 'an incoming webhook has no url, events or commands' }
    const fault = this.#fault(half.url ?? before.outgoing?.url, half.commands)
    if (fault) return fault
    const audit: AuditEntry = { actor: user, act: 'hook.change', target: conversation, name: name ?? before.bot.displayName, address, at: clock.now() }
    const wanted = { ...(name === undefined ? {} : { name }), ...(avatar === undefined ? {} : { avatar }), ...(isHalf ? { outgoing: half } : {}) }
    const after = await store.changeHook(conversation, id, wanted, audit)
    if (after === 'taken') return commandTaken
    if (!after) return { ok: false, code: 'forbidden', message: 'the webhook is gone, or its picture is not stored' }
    // Its lane goes on where it was: an event that is under way may come twice, never out of order.
    if (half.url !== undefined || half.events !== undefined) outgoing.open(after)
    if (name !== undefined || avatar !== undefined) chat().tellUser({ user: after.bot, conversation })
    return { ok: true, value: hookOf(after) }
  }

  /** Stops deliveries, or goes on with the event at which they stopped. */
  async pause(user: string, conversation: string, id: string, paused: boolean): Promise<Outcome<Hook>> {
    const { store, clock, outgoing } = this.#options
    const found = await this.#outgoing(user, conversation, id)
    if (!found.ok) return found
    await store.saveHookProgress(id, paused ? { pausedAt: clock.now() } : { pausedAt: null, fault: null })
    const record = await store.hook(id)
    if (!record) return noHook
    if (paused) outgoing.shut(conversation, id)
    else outgoing.open(record)
    return { ok: true, value: hookOf(record) }
  }

  async failures(user: string, conversation: string, id: string): Promise<Outcome<HookFailure[]>> {
    const found = await this.#outgoing(user, conversation, id)
    return found.ok ? { ok: true, value: await this.#options.store.hookFailures(id) } : found
  }

  async retry(user: string, conversation: string, id: string, seq: number): Promise<Outcome<RetryOutcome>> {
    const found = await this.#outgoing(user, conversation, id)
    if (!found.ok) return found
    const failures = await this.#options.store.hookFailures(id)
    if (!failures.some(failure => failure.seq === seq)) return noHook
    const error = await this.#options.outgoing.retry(found.value, seq)
    return { ok: true, value: error === undefined ? { delivered: true } : { delivered: false, error } }
  }

  /** Commands of the webhooks of a conversation, for its members. */
  async commands(user: string, conversation: string): Promise<Outcome<CommandsResponse>> {
    const { store } = this.#options
    if (await store.roleOf(conversation, user) === undefined) return noConversation
    const hooks = (await store.hooksOf(conversation)).filter(({ outgoing }) => outgoing && outgoing.pausedAt === undefined)
    return { ok: true, value: { commands: hooks.flatMap(({ bot, outgoing }) => outgoing!.commands.map(command => ({ ...command, bot }))) } }
  }

  /** For members who may write there now. */
  async command(user: string, conversation: string, asked: { name: string, args: string, cid: string }): Promise<Outcome<CommandOutcome>> {
    const { store, outgoing, clock } = this.#options
    const [summary] = await store.summaries(user, conversation)
    if (!summary) return noConversation
    if (summary.closed) return { ok: false, code: 'conversation_closed', message: 'the conversation is closed' }
    const muted = (summary.mutedUntil ?? 0) > clock.now()
    if (summary.role === 'member' && (muted || summary.kind === 'channel')) return { ok: false, code: 'forbidden', message: 'you may not write here' }
    const hook = (await store.hooksOf(conversation)).find(other => other.outgoing?.pausedAt === undefined && other.outgoing?.commands.some(({ name }) => name === asked.name))
    return hook ? outgoing.command(hook, user, asked) : { ok: false, code: 'bad_target', message: 'there is no such command' }
  }

  async remove({ id: user, address }: HookActor, conversation: string, id: string): Promise<Outcome<void>> {
    const { store, clock } = this.#options
    const refusal = await this.#refusal(user, conversation)
    if (refusal) return refusal
    const hook = await store.hook(id)
    const audit: AuditEntry = { actor: user, act: 'hook.remove', target: conversation, address, at: clock.now(), ...(hook ? { name: hook.bot.displayName } : {}) }
    if (!await store.removeHook(conversation, id, audit)) return noHook
    this.#options.outgoing.shut(conversation, id)
    return { ok: true, value: undefined }
  }

  async #create({ id: user, address }: HookActor, conversation: string, { name, avatar }: HookPlan, half: Pick<NewHook, 'hash' | 'outgoing'>): Promise<Outcome<Hook>> {
    const { store, clock, random } = this.#options
    const refusal = await this.#refusal(user, conversation)
    if (refusal) return refusal
    const createdAt = clock.now()
    const bot = { id: random.id(), name, ...(avatar === undefined ? {} : { avatar }) }
    const audit: AuditEntry = { actor: user, act: 'hook.create', target: conversation, name, address, at: createdAt }
    const made = await store.createHook({ id: random.id(), conversation, bot, creator: user, createdAt, ...half }, mostHooks, audit)
    if (made === 'taken') return commandTaken
    return made ? { ok: true, value: hookOf(made) } : { ok: false, code: 'forbidden', message: `a group or channel that is open has up to ${mostHooks} webhooks, with pictures that are stored` }
  }

  /** What is wrong with where a webhook is to call, or with its commands. */
  #fault(url: string | undefined, commands: readonly HookCommand[] = []): Refused | undefined {
    const fault = url === undefined ? undefined : endpointFault(url, this.#options.rule)
    if (fault !== undefined) return { ok: false, code: 'bad_content', message: `the url is ${fault}` }
    return new Set(commands.map(({ name }) => name)).size < commands.length ? { ok: false, code: 'bad_content', message: 'a command is named twice' } : undefined
  }

  async #managed(user: string, conversation: string, id: string): Promise<Outcome<HookRecord>> {
    const refusal = await this.#refusal(user, conversation)
    if (refusal) return refusal
    const hook = await this.#options.store.hook(id)
    return hook?.conversation === conversation ? { ok: true, value: hook } : noHook
  }

  async #outgoing(user: string, conversation: string, id: string): Promise<Outcome<HookRecord>> {
    const found = await this.#managed(user, conversation, id)
    return found.ok && !found.value.outgoing ? noHook : found
  }

  async #refusal(user: string, conversation: string): Promise<Refused | undefined> {
    const role = await this.#options.store.roleOf(conversation, user)
    if (role === undefined) return noConversation
    return mayManageHooks(role) ? undefined : { ok: false, code: 'forbidden', message: 'only the owner and admins manage webhooks' }
  }
}
