import { createHash, randomBytes } from 'node:crypto'
import type { Caller } from '#parley/server/auth/authenticator.ts'
import type { Clock } from '#parley/server/chat/ports.ts'
import { timing } from '#parley/shared/protocol/index.ts'

/** Who a ticket was minted for, and how that person proved it (A1, A3). */
export type TicketGrant = Caller

export interface Tickets {
  /** A new single-use token; undefined when the login ended while the request was under way. */
  mint(grant: TicketGrant): string | undefined
  /** Takes a ticket: of two that try the same one, the first gets it. Undefined: unknown, used or expired (A2). */
  take(token: string): TicketGrant | undefined
  /** Whether the login behind a grant still stands; asked again when the socket is open, since a revocation may come between. */
  stands(grant: TicketGrant): boolean
  /** Kills the unused tickets of a login, or of all logins of a user (A5). */
  revoke(subject: { login: string } | { user: string }): void
  /** Lets a user who was disabled have tickets again. */
  reinstate(user: string): void
  /** Unused tickets now; for tests and metrics. */
  readonly size: number
}

const digest = (token: string): string => createHash('sha256').update(token).digest('base64url')

/**
 * Tickets live in this process only: for 30 s, by their hash (a memory dump shows none), 256 random bits each, so that looking one up
 * in a map tells an attacker nothing by its time (A1).
 */
export function createTickets(clock: Clock): Tickets {
  const unused = new Map<string, { grant: TicketGrant, expires: number }>()
  /**
   * Logins and users revoked a moment ago. Without this a ticket could still be minted by a request whose login was read before the
   * revocation, or taken before it and seated after it.
   */
  const revoked = new Map<string, number>()

  // Insertion order is expiry order in both maps, so the sweep stops at the first entry that is still good.
  const sweep = (now: number): void => {
    for (const [key, ticket] of unused) {
      if (ticket.expires > now) break
      unused.delete(key)
    }
    for (const [key, expires] of revoked) {
      if (expires > now) break
      revoked.delete(key)
    }
  }
  const stands = (grant: TicketGrant): boolean => !revoked.has(`login:${grant.login}`) && !revoked.has(`user:${grant.account.id}`)

  return {
    mint(grant) {
      const now = clock.monotonic()
      sweep(now)
      if (!stands(grant)) return undefined
      const token = randomBytes(32).toString('base64url')
      unused.set(digest(token), { grant, expires: now + timing.ticketAge })
      return token
    },
    take(token) {
      const key = digest(token)
      const ticket = unused.get(key)
      unused.delete(key)
      return ticket !== undefined && ticket.expires > clock.monotonic() && stands(ticket.grant) ? ticket.grant : undefined
    },
    stands,
    revoke(subject) {
      const now = clock.monotonic()
      sweep(now)
      const key = 'login' in subject ? `login:${subject.login}` : `user:${subject.user}`
      revoked.delete(key)
      // Twice the age: a ticket may be taken at its last moment and seated a little later.
      revoked.set(key, now + 2 * timing.ticketAge)
      for (const [hash, { grant }] of unused) if (!stands(grant)) unused.delete(hash)
    },
    reinstate(user) {
      revoked.delete(`user:${user}`)
    },
    get size() {
      return unused.size
    },
  }
}
