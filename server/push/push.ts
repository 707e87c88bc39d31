import { ECDH } from 'node:crypto'
import type { LogEvent } from '#parley/shared/model.ts'
import type { Clock, Log, Random } from '#parley/server/chat/ports.ts'
import type { PushStore } from '#parley/server/chat/push-port.ts'
import { endpointFault } from '#parley/server/push/address-guard.ts'
import type { AddressRule } from '#parley/server/push/address-guard.ts'
import { PushSender } from '#parley/server/push/push-sender.ts'
import type { PushFate } from '#parley/server/push/push-sender.ts'
import type { PushTransport } from '#parley/server/push/push-transport.ts'
import { PushWatch } from '#parley/server/push/push-watch.ts'
import type { VapidIdentity } from '#parley/server/push/vapid.ts'

interface PushOptions {
  store: PushStore
  clock: Clock
  random: Random
  log: Log
  identity: VapidIdentity
  rule: AddressRule
  transport: PushTransport & { close(): void }
  /** Whether somebody is at one of the user's pages at this moment. */
  isActive: (user: string) => boolean
}

/** What a browser gives (`PushSubscription.toJSON()`). */
export interface BrowserSubscription { endpoint: string, keys: { p256dh: string, auth: string } }

/** Ms at a shutdown in which what is noted is still pushed. */
const finishing = 2_000

function isPoint(key: string): boolean {
  try {
    return ECDH.convertKey(Buffer.from(key, 'base64url'), 'prime256v1').length === 65
  }
  catch {
    return false
  }
}

/** Web push of one node: subscriptions, and messages to those who are not there to see them. */
export class Push {
  readonly #options: PushOptions
  readonly #sender: PushSender
  readonly #watch: PushWatch

  constructor(options: PushOptions) {
    const { store, clock, random, log, transport, identity, isActive } = options
    this.#options = options
    this.#sender = new PushSender({ clock, random, log, transport, identity, onGone: endpoint => store.forgetPushEndpoint(endpoint) })
    this.#watch = new PushWatch({ store, clock, log, isActive, send: message => this.#sender.send(message) })
  }

  /** What browsers are to ask for when they subscribe. */
  get publicKey(): string {
    return this.#options.identity.publicKey
  }

  /** What became of pushes so far, and how many wait. */
  figures(): { fates: [PushFate, number][], waiting: number } {
    return { fates: this.#sender.fates.entries(), waiting: this.#sender.waiting }
  }

  start(): Promise<void> {
    return this.#watch.start()
  }

  /** A committed event; constant time. */
  noticed(conversation: string, event: LogEvent): void {
    this.#watch.noticed(conversation, event)
  }

  /** @returns the id of the subscription; undefined: not one that anything could be pushed to */
  async subscribe(user: string, login: string, { endpoint, keys: { p256dh, auth } }: BrowserSubscription): Promise<string | undefined> {
    const { store, random, clock, rule } = this.#options
    if (endpointFault(endpoint, rule) !== undefined || !isPoint(p256dh) || Buffer.from(auth, 'base64url').length !== 16) return undefined
    const id = await store.savePushSubscription({ id: random.id(), user, login, endpoint, p256dh, auth, createdAt: clock.now() })
    if (id !== undefined) this.#watch.subscribed()
    return id
  }

  /** Pushes what is noted, within a bounded time, and ends. */
  async finish(): Promise<void> {
    const limit = new Promise<void>((resolve) => {
      this.#options.clock.timer(resolve, finishing)
    })
    await Promise.race([this.#watch.finish().then(() => this.#sender.idle()), limit])
    this.close()
  }

  close(): void {
    this.#watch.close()
    this.#sender.close()
    this.#options.transport.close()
  }
}
