import type { LogEvent, UserSummary } from '#parley/shared/model.ts'
import type { Clock, Store } from '#parley/server/chat/ports.ts'
import type { HookRecord, OutgoingRecord } from '#parley/server/chat/hook-port.ts'
import { hookSignature } from '#parley/server/webhooks/hook-signature.ts'
import { transportFault } from '#parley/server/webhooks/hook-transport.ts'
import type { HookAnswer, HookTransport } from '#parley/server/webhooks/hook-transport.ts'

export type OutgoingHookRecord = HookRecord & { outgoing: OutgoingRecord }

/** What one call of a webhook came to. */
export type CallResult = { ok: true, answer: HookAnswer } | { ok: false, fault: string, gone: boolean, retryAfter?: number }

export interface CallerOptions {
  store: Pick<Store, 'usersById'>
  clock: Clock
  transport: HookTransport
}

/** Ms for one exchange, and bytes of its answer: of a delivery nothing is used, a command has somebody waiting. */
const deliveryTerms = { patience: 10_000, answerBytes: 64 * 1024 }
const commandTerms = { patience: 5_000, answerBytes: 64 * 1024 }

/** Calls webhooks: signed, once. What follows from the outcome is for those who call it. */
export class HookCaller {
  readonly #options: CallerOptions

  constructor(options: CallerOptions) {
    this.#options = options
  }

  /** An event of the log. Its id is that of the event, so a receiver that gets it twice can tell. */
  async deliver({ id, conversation, outgoing }: OutgoingHookRecord, event: LogEvent): Promise<CallResult> {
    const people = await this.#options.store.usersById('user' in event ? [event.sender, event.user] : [event.sender])
    const delivery = `${conversation}:${event.seq}`
    return this.#call(outgoing, delivery, { id: delivery, hook: id, conversation, event, users: people.map(named) }, deliveryTerms)
  }

  async command({ id, conversation, outgoing }: OutgoingHookRecord, user: string, command: { name: string, args: string, cid: string }): Promise<CallResult> {
    const { cid, ...asked } = command
    const [sender] = await this.#options.store.usersById([user])
    return this.#call(outgoing, cid, { id: cid, hook: id, conversation, command: { ...asked, user }, users: sender ? [named(sender)] : [] }, commandTerms)
  }

  async #call({ url, secret }: OutgoingRecord, delivery: string, what: object, terms: typeof deliveryTerms): Promise<CallResult> {
    const body = JSON.stringify(what)
    const timestamp = String(this.#options.clock.now())
    const headers = {
      'content-type': 'application/json', 'user-agent': 'Parley', 'parley-delivery': delivery, 'parley-timestamp': timestamp, 'parley-signature': hookSignature(secret, timestamp, body),
    }
    try {
      const answer = await this.#options.transport({ url, headers, body, ...terms })
      if (answer.status >= 200 && answer.status < 300) return { ok: true, answer }
      return { ok: false, fault: String(answer.status), gone: answer.status === 410, ...(answer.retryAfter === undefined ? {} : { retryAfter: answer.retryAfter }) }
    }
    catch (error) {
      return { ok: false, fault: transportFault(error), gone: false }
    }
  }
}

const named = ({ id, username, displayName, bot }: UserSummary) => ({ id, username, displayName, ...(bot ? { bot } : {}) })
