import type { PresenceState } from '#parley/shared/model.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import { encoded } from '#parley/server/chat/encoding.ts'
import type { EncodedFrames } from '#parley/server/chat/encoding.ts'
import type { Flushable, Flusher } from '#parley/server/chat/flusher.ts'
import type { FrameClass } from '#parley/server/chat/send-queue.ts'

export type Activity = 'active' | 'idle'

interface PresenceReceiver { readonly user: string, push(frame: EncodedFrames, kind: FrameClass): boolean }

interface PresenceHost {
  /** Open connections of a user here. */
  connectionsOf: (user: string) => PresenceReceiver[]
  /** Connections here of others who share a conversation with a user that is connected here. */
  companions: (user: string) => Iterable<PresenceReceiver>
  /** Whether a user shows nobody that they are here. */
  isHidden: (user: string) => boolean
  /** Whether one of the two has blocked the other. */
  apart: (one: string, other: string) => boolean
}

/**
 * Changes that are told at the end of their turn in `gatherFor` ms; further ones wait until that time is over, and leave together. When
 * everybody comes back at once, telling each of them alone would make a write for each two people of a room (P4).
 */
const toldAtOnce = 32
const gatherFor = 500

/** A user's last connection here has gone; they stay what they were until the grace is over (R17). */
interface Leaving { state: PresenceState, since: number, at: number }

/** What another node last said; it lapses unless said again, since a node that dies says nothing. */
interface Remote { state: PresenceState, heardAt: number }

const rank: Record<PresenceState, number> = { offline: 0, idle: 1, online: 2 }
const best = (states: readonly PresenceState[]): PresenceState => states.reduce((a, b) => rank[b] > rank[a] ? b : a, 'offline')

/**
 * Who is here (§8): by the set of a user's connections, never by counting opens and closes; offline only after a grace without any, so
 * that a reconnect is no flicker; idle when all of them are.
 */
export class Presence implements Flushable {
  readonly #context: ChatContext
  readonly #flusher: Flusher
  readonly #host: PresenceHost
  readonly #local = new Map<string, Map<string, Activity>>()
  readonly #leaving = new Map<string, Leaving>()
  readonly #remote = new Map<string, Map<string, Remote>>()
  /** What contacts here were last told. */
  readonly #told = new Map<string, PresenceState>()
  /** What other nodes were last told. */
  readonly #published = new Map<string, PresenceState>()

  /** Users whose state may have changed, with the time they were last here. */
  readonly #changed = new Map<string, number | undefined>()
  /** Ends the wait of those; undefined: they are told at the end of this turn. */
  #cancel: (() => void) | undefined
  #since = Number.NEGATIVE_INFINITY
  #count = 0

  constructor(context: ChatContext, flusher: Flusher, host: PresenceHost) {
    this.#context = context
    this.#flusher = flusher
    this.#host = host
  }

  stateOf(user: string): PresenceState {
    const remote = [...this.#remote.get(user)?.values() ?? []].map(entry => entry.state)
    return best([this.#here(user), ...remote])
  }

  /** A connection opened, or went idle or active. */
  set(user: string, connection: string, activity: Activity): void {
    const own = this.#local.get(user)
    if (own) own.set(connection, activity)
    else this.#local.set(user, new Map([[connection, activity]]))
    this.#leaving.delete(user)
    this.#announce(user)
  }

  /** A connection is gone. */
  remove(user: string, connection: string): void {
    const own = this.#local.get(user)
    if (!own?.has(connection)) return
    const state = this.#here(user)
    own.delete(connection)
    if (own.size > 0) return this.#announce(user)
    this.#local.delete(user)
    this.#leaving.set(user, { state, since: this.#context.clock.monotonic(), at: this.#context.clock.now() })
  }

  /** What another node says of a user. */
  heard(user: string, node: string, state: PresenceState): void {
    const nodes = this.#remote.get(user) ?? new Map<string, Remote>()
    if (state === 'offline') nodes.delete(node)
    else nodes.set(node, { state, heardAt: this.#context.clock.monotonic() })
    if (nodes.size > 0) this.#remote.set(user, nodes)
    else this.#remote.delete(user)
    this.#tell(user)
  }

  /** Ends what is over: graces here, and what other nodes have not said again for three audits. Called every round. */
  sweep(now: number): void {
    const { timing } = this.#context
    for (const [user, leaving] of [...this.#leaving]) {
      if (now - leaving.since < timing.presenceGrace) break
      this.#leaving.delete(user)
      this.#save(user, leaving.at)
      this.#announce(user, this.#host.isHidden(user) ? undefined : leaving.at)
    }
    for (const [user, nodes] of [...this.#remote]) {
      for (const [node, { heardAt }] of [...nodes]) if (now - heardAt > 3 * timing.auditInterval) this.heard(user, node, 'offline')
    }
  }

  /** A user shows from now on that they are here, or no longer does. */
  review(user: string): void {
    this.#announce(user)
  }

  /** One of these two has blocked the other, or does so no longer: both are told what they may now see (X34). */
  part(one: string, other: string): void {
    const hides = this.#host.apart(one, other)
    for (const [user, viewer] of [[one, other], [other, one]] as const) {
      const state = this.stateOf(user)
      const frame = encoded({ type: 'presence', user, state: hides ? 'offline' : state })
      if (state !== 'offline') for (const connection of this.#host.connectionsOf(viewer)) connection.push(frame, 'ephemeral')
    }
  }

  /** Says again who is here, for nodes that missed it; called by the audit. */
  repeat(): void {
    for (const user of this.#local.keys()) this.#publish(user)
  }

  dispose(): void {
    this.#cancel?.()
    this.#changed.clear()
  }

  /** Saves when those who are here were last seen; the node goes down (L5). */
  async saveAll(): Promise<void> {
    const now = this.#context.clock.now()
    const users = [...[...this.#local.keys()].map(user => [user, now] as const), ...[...this.#leaving].map(([user, { at }]) => [user, at] as const)]
    await Promise.all(users.map(([user, at]) => this.#save(user, at)))
  }

  #here(user: string): PresenceState {
    if (this.#host.isHidden(user)) return 'offline'
    const own = this.#local.get(user)
    if (!own) return this.#leaving.get(user)?.state ?? 'offline'
    return [...own.values()].includes('active') ? 'online' : 'idle'
  }

  #announce(user: string, lastSeen?: number): void {
    this.#tell(user, lastSeen)
    if ((this.#published.get(user) ?? 'offline') !== this.#here(user)) this.#publish(user)
  }

  #publish(user: string): void {
    const state = this.#here(user)
    if (state === 'offline') this.#published.delete(user)
    else this.#published.set(user, state)
    this.#context.backplane.publish({ type: 'presence', user, node: this.#context.node, state })
  }

  #tell(user: string, lastSeen?: number): void {
    if (this.stateOf(user) === this.#toldOf(user) && !this.#changed.has(user)) return
    this.#changed.set(user, lastSeen)
    if (this.#cancel) return
    const { clock } = this.#context
    const now = clock.monotonic()
    if (now - this.#since >= gatherFor) [this.#since, this.#count] = [now, 0]
    if (this.#count < toldAtOnce) return this.#flusher.markSource(this)
    this.#cancel = clock.timer(() => this.flush(), this.#since + gatherFor - now)
  }

  #toldOf(user: string): PresenceState {
    return this.#told.get(user) ?? 'offline'
  }

  /** Tells the states of this moment: of many changes the last one counts. */
  flush(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const changed = [...this.#changed]
    this.#changed.clear()
    for (const [user, lastSeen] of changed) {
      const state = this.stateOf(user)
      if (state === this.#toldOf(user)) continue
      this.#count++
      if (state === 'offline') this.#told.delete(user)
      else this.#told.set(user, state)
      if (this.#local.has(user)) this.#send(user, undefined, this.#host.companions(user))
      else void this.#notify(user, lastSeen)
    }
  }

  #send(user: string, lastSeen: number | undefined, receivers: Iterable<PresenceReceiver>): void {
    const state = this.stateOf(user)
    const seen = state === 'offline' && lastSeen !== undefined ? { lastSeen } : {}
    const frame = encoded({ type: 'presence', user, state, ...seen })
    for (const connection of receivers) if (!this.#host.apart(user, connection.user)) connection.push(frame, 'ephemeral')
  }

  /** Of a user who is not here only the store knows the contacts. They are told the state of the moment in which they are known. */
  async #notify(user: string, lastSeen: number | undefined): Promise<void> {
    try {
      const contacts = await this.#context.store.contactsOf(user)
      this.#send(user, lastSeen, contacts.filter(contact => contact !== user).flatMap(contact => this.#host.connectionsOf(contact)))
    }
    catch (error) {
      this.#context.log.warn('could not tell who is here', { user, error: String(error) })
    }
  }

  async #save(user: string, at: number): Promise<void> {
    try {
      await this.#context.store.saveLastSeen(user, at)
    }
    catch (error) {
      this.#context.log.warn('could not save when a user was last seen', { user, error: String(error) })
    }
  }
}
