import { mayManageHooks } from '#parley/server/chat/access.ts'
import type { Outcome } from '#parley/server/chat/chat-service.ts'
import type { HookRecord, NewHook } from '#parley/server/chat/hook-port.ts'
import type { AuditEntry } from '#parley/server/chat/moderation-port.ts'
import type { Clock, Random, Store } from '#parley/server/chat/ports.ts'
import { hookHash, makeHookToken } from '#parley/server/webhooks/hook-token.ts'
import type { Hook, NewHookResponse } from '#parley/shared/hooks.ts'

/** What a new webhook is to be. */
export interface HookPlan {
  /** Of its bot. */
  name: string
  /** Id of a stored avatar. */
  avatar?: string
}

/** Who acts, for the audit log. */
export interface HookActor { id: string, address: string }

export interface WebhooksOptions {
  store: Store
  clock: Pick<Clock, 'now'>
  random: Pick<Random, 'id'>
}

/** Webhooks of one conversation: more than anyone keeps an eye on. */
const mostHooks = 20

type Refused = Extract<Outcome<never>, { ok: false }>

const noHook: Refused = { ok: false, code: 'not_found', message: 'there is no such webhook' }

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

  async remove({ id: user, address }: HookActor, conversation: string, id: string): Promise<Outcome<void>> {
    const { store, clock } = this.#options
    const refusal = await this.#refusal(user, conversation)
    if (refusal) return refusal
    const hook = await store.hook(id)
    const audit: AuditEntry = { actor: user, act: 'hook.remove', target: conversation, address, at: clock.now(), ...(hook ? { name: hook.bot.displayName } : {}) }
    return await store.removeHook(conversation, id, audit) ? { ok: true, value: undefined } : noHook
  }

  async #create({ id: user, address }: HookActor, conversation: string, { name, avatar }: HookPlan, half: Pick<NewHook, 'hash' | 'outgoing'>): Promise<Outcome<Hook>> {
    const { store, clock, random } = this.#options
    const refusal = await this.#refusal(user, conversation)
    if (refusal) return refusal
    const createdAt = clock.now()
    const bot = { id: random.id(), name, ...(avatar === undefined ? {} : { avatar }) }
    const audit: AuditEntry = { actor: user, act: 'hook.create', target: conversation, name, address, at: createdAt }
    const made = await store.createHook({ id: random.id(), conversation, bot, creator: user, createdAt, ...half }, mostHooks, audit)
    if (made === 'taken') return { ok: false, code: 'bad_target', message: 'another webhook has a command of that name' }
    return made ? { ok: true, value: hookOf(made) } : { ok: false, code: 'forbidden', message: `a group or channel that is open has up to ${mostHooks} webhooks, with pictures that are stored` }
  }

  async #refusal(user: string, conversation: string): Promise<Refused | undefined> {
    const role = await this.#options.store.roleOf(conversation, user)
    if (role === undefined) return { ok: false, code: 'not_found', message: 'there is no such conversation' }
    return mayManageHooks(role) ? undefined : { ok: false, code: 'forbidden', message: 'only the owner and admins manage webhooks' }
  }
}
