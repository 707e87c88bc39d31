import type { ConnectionInfo } from '#parley/server/chat/chat-service.ts'
import type { ChatSettings } from '#parley/server/chat/context.ts'
import { networkOf } from '#parley/server/chat/network.ts'

/** What the registry needs of a connection. */
export interface Seat {
  readonly user: string
  readonly info: ConnectionInfo
}

/** Loopback and private ranges (RFC 1918, ULA, link-local): behind a local proxy a whole site shares one of them (A4). */
const sharedAddress = /^(?:::ffff:)?(?:127\.|10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.)|^::1$|^f[cd][0-9a-f]{2}:|^fe[89ab][0-9a-f]:/i

/** The open connections of this node: by user, by the network of the address, in all (A4). */
export class Connections<S extends Seat> {
  readonly #settings: ChatSettings
  readonly #byUser = new Map<string, Set<S>>()
  readonly #byNetwork = new Map<string, number>()
  #size = 0

  constructor(settings: ChatSettings) {
    this.#settings = settings
  }

  get size(): number {
    return this.#size
  }

  /** Whether the total and the per-address cap leave room (A4). */
  hasRoom(address: string): boolean {
    if (this.#size >= this.#settings.maxConnections) return false
    if (address === '' || sharedAddress.test(address)) return true
    return (this.#byNetwork.get(networkOf(address)) ?? 0) < this.#settings.maxConnectionsPerIp
  }

  /** Whether one more connection of this user needs another to go (A4). */
  isFull(user: string): boolean {
    return (this.#byUser.get(user)?.size ?? 0) >= this.#settings.maxConnectionsPerUser
  }

  add(seat: S): void {
    const own = this.#byUser.get(seat.user)
    if (own) own.add(seat)
    else this.#byUser.set(seat.user, new Set([seat]))
    const network = networkOf(seat.info.address)
    this.#byNetwork.set(network, (this.#byNetwork.get(network) ?? 0) + 1)
    this.#size++
  }

  remove(seat: S): void {
    const own = this.#byUser.get(seat.user)
    if (!own?.delete(seat)) return
    if (own.size === 0) this.#byUser.delete(seat.user)
    const network = networkOf(seat.info.address)
    const left = (this.#byNetwork.get(network) ?? 1) - 1
    if (left > 0) this.#byNetwork.set(network, left)
    else this.#byNetwork.delete(network)
    this.#size--
  }

  /** A snapshot, so that the caller may end connections while it goes through them. */
  of(user: string): S[] {
    const own = this.#byUser.get(user)
    return own ? [...own] : []
  }

  has(user: string): boolean {
    return this.#byUser.has(user)
  }

  users(): string[] {
    return [...this.#byUser.keys()]
  }

  * all(): Generator<S> {
    for (const own of this.#byUser.values()) yield* own
  }
}
