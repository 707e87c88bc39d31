import type { ServerPolicies } from '#parley/shared/administration.ts'
import type { ConversationKind } from '#parley/shared/model.ts'
import type { ExpiryQuery } from '#parley/server/chat/administration-port.ts'
import type { ChatService } from '#parley/server/chat/chat-service.ts'
import type { Clock, Log, Store } from '#parley/server/chat/ports.ts'

export interface HousekeepingOptions {
  store: Store
  chat: Pick<ChatService, 'actAsServer'>
  clock: Clock
  log: Log
  policies: () => ServerPolicies
}

/** Ms between two rounds when there is nothing to do, and while there is. */
const idlePause = 10 * 60_000
const busyPause = 1_000
/**
 * Deletions in one round. Each is an event that goes to everybody in its conversation, so a hundred a second is as much as a server with
 * people on it should see; a million old messages then take three hours.
 */
const deletionsAtOnce = 100
/** Messages looked at, and events of deleted conversations erased, in one go: a few milliseconds of a store's thread. */
const looksAtOnce = 500
const purgesAtOnce = 250
/** Looks per round, so that a large log without anything to delete is passed quickly and yet in slices. */
const looksPerRound = 20
const day = 24 * 3_600_000
/** Days for which a closed report keeps the message as it was. */
const reportAge = 30 * day

/** A rule of retention, and how far it has looked. */
interface Rule { name: keyof ServerPolicies['retention'], kind?: ConversationKind }
const rules: readonly Rule[] = [{ name: 'direct', kind: 'direct' }, { name: 'group', kind: 'group' }, { name: 'channel', kind: 'channel' }, { name: 'files' }]

/**
 * Does what policies ask for as time passes: deletes messages that have had their time, by events like any other deletion (O5), erases what
 * is left of deleted conversations and of closed reports. In small portions, one after the other, so that no op waits for it.
 */
export class Housekeeping {
  readonly #options: HousekeepingOptions
  /** Arrival up to which each rule has looked; a restart begins anew and passes over what is deleted. */
  readonly #seen = new Map<Rule['name'], number>()
  #cancel: (() => void) | undefined
  #running: Promise<boolean> | undefined

  constructor(options: HousekeepingOptions) {
    this.#options = options
  }

  /** Works from now on until {@link close}. */
  start(): void {
    this.#plan(busyPause)
  }

  /** Something is to be done soon: a conversation was deleted, or a policy changed. */
  wake(): void {
    if (this.#cancel) this.#plan(0)
  }

  close(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  /** One portion of everything. @returns whether there is more to do; never rejects */
  round(): Promise<boolean> {
    this.#running ??= this.#round().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** How many messages have had their time now; nothing is changed. */
  async due(): Promise<number> {
    let count = 0
    for (const rule of rules) {
      for (let [after, done]: [number, boolean] = [0, false]; !done;) {
        const query = this.#query(rule, after, looksAtOnce)
        if (query === undefined) break
        const found = await this.#options.store.expiredMessages(query)
        count += found.messages.length
        ;({ after, done } = found)
      }
    }
    return count
  }

  /** Undefined: the rule deletes nothing. */
  #query(rule: Rule, after: number, limit: number): ExpiryQuery | undefined {
    const { clock, policies } = this.#options
    const days = policies().retention[rule.name]
    return days === null ? undefined : { ...(rule.kind === undefined ? {} : { kind: rule.kind }), files: rule.name === 'files', before: clock.now() - days * day, after, limit }
  }

  #plan(delay: number): void {
    this.#cancel?.()
    this.#cancel = this.#options.clock.timer(() => {
      void this.round().then(more => this.#cancel && this.#plan(more ? busyPause : idlePause))
    }, delay)
  }

  async #round(): Promise<boolean> {
    const { store, clock, log } = this.#options
    try {
      const purging = await store.purgeDeleted(purgesAtOnce)
      await store.erasedReports(clock.now() - reportAge)
      let left = deletionsAtOnce
      let more = purging
      for (const rule of rules) {
        const { done, deleted } = await this.#expire(rule, left)
        left -= deleted
        more ||= !done
      }
      return more
    }
    catch (error) {
      // A store that takes no writes: the next round goes on where this one ended.
      log.warn('housekeeping was interrupted', { error: String(error) })
      return false
    }
  }

  /** Deletes at most `most` messages under a rule. */
  async #expire(rule: Rule, most: number): Promise<{ done: boolean, deleted: number }> {
    let deleted = 0
    for (let look = 0; look < looksPerRound && deleted < most; look++) {
      const query = this.#query(rule, this.#seen.get(rule.name) ?? 0, Math.min(looksAtOnce, Math.max(1, most - deleted)))
      if (query === undefined) return { done: true, deleted }
      const { messages, after, done } = await this.#options.store.expiredMessages(query)
      await this.#remove(messages)
      this.#seen.set(rule.name, after)
      deleted += messages.length
      if (done) return { done: true, deleted }
    }
    return { done: false, deleted }
  }

  async #remove(messages: readonly { conversation: string, seq: number, sender: string }[]): Promise<void> {
    const { chat } = this.#options
    await Promise.all(messages.map(({ conversation, seq, sender }) => chat.actAsServer(conversation, sender, { kind: 'delete', target: seq, reason: 'expired' }, {})))
  }
}
