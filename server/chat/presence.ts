import type { PresenceState } from '#parley/shared/model.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import { encoded } from '#parley/server/chat/encoding.ts'
import type { EncodedFrames } from '#parley/server/chat/encoding.ts'
import type { FrameClass } from '#parley/server/chat/send-queue.ts'

export type Activity = 'active' | 'idle'

interface PresenceReceiver { push(frame: EncodedFrames, kind: FrameClass): boolean }

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
export class Presence {
  readonly #context: ChatContext
  readonly #connectionsOf: (user: string) => PresenceReceiver[]
  readonly #local = new Map<string, Map<string, Activity>>()
  readonly #leaving = new Map<string, Leaving>()
  readonly #remote = new Map<string, Map<string, Remote>>()
  /** What contacts here were last told. */
  readonly #told = new Map<string, PresenceState>()
  /** What other nodes were last told. */
  readonly #published = new Map<string, PresenceState>()

  constructor(context: ChatContext, connectionsOf: (user: string) => PresenceReceiver[]) {
    this.#context = context
    this.#connectionsOf = connectionsOf
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
      this.#announce(user, leaving.at)
    }
    for (const [user, nodes] of [...this.#remote]) {
      for (const [node, { heardAt }] of [...nodes]) if (now - heardAt > 3 * timing.auditInterval) this.heard(user, node, 'offline')
    }
  }

  /** Says again who is here, for nodes that missed it; called by the audit. */
  repeat(): void {
    for (const user of this.#local.keys()) this.#publish(user)
  }

  /** Saves when those who are here were last seen; the node goes down (L5). */
  async saveAll(): Promise<void> {
    const now = this.#context.clock.now()
    const users = [...[...this.#local.keys()].map(user => [user, now] as const), ...[...this.#leaving].map(([user, { at }]) => [user, at] as const)]
    await Promise.all(users.map(([user, at]) => this.#save(user, at)))
  }

  #here(user: string): PresenceState {
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
    const state = this.stateOf(user)
    if ((this.#told.get(user) ?? 'offline') === state) return
    if (state === 'offline') this.#told.delete(user)
    else this.#told.set(user, state)
    void this.#notify(user, lastSeen)
  }

  /** Reads the contacts first, then tells the state of that moment: two changes may not overtake each other. */
  async #notify(user: string, lastSeen: number | undefined): Promise<void> {
    try {
      const contacts = await this.#context.store.contactsOf(user)
      const state = this.stateOf(user)
      const seen = state === 'offline' && lastSeen !== undefined ? { lastSeen } : {}
      const frame = encoded({ type: 'presence', user, state, ...seen })
      for (const contact of contacts) {
        if (contact !== user) for (const connection of this.#connectionsOf(contact)) connection.push(frame, 'ephemeral')
      }
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
