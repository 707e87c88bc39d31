import { randomInt } from 'node:crypto'
import type { AccountResult, RequestSource } from '#parley/server/auth/accounts.ts'
import { networkOf } from '#parley/server/auth/client-address.ts'
import { inviteHash } from '#parley/server/auth/invites.ts'
import { passwordFault } from '#parley/shared/password-rules.ts'
import type { Passwords } from '#parley/server/auth/passwords.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import { createRateLimiter } from '#parley/server/auth/rate-limiter.ts'
import { cleanDisplayName, isUsername } from '#parley/server/auth/usernames.ts'
import type { InviteStore } from '#parley/server/chat/invite-port.ts'
import type { Clock, Log, Random } from '#parley/server/chat/ports.ts'
import type { RegistrationMode } from '#parley/shared/administration.ts'
import { foldText } from '#parley/shared/fold.ts'
import type { Account } from '#parley/shared/model.ts'

export interface GuestSettings {
  /** `invite`: only who has an invite to a conversation; they see no public ones. */
  mode: 'off' | 'invite' | 'on'
  /** Ms of absence after which a guest is forgotten. */
  absence: number
}

export interface GuestsOptions {
  store: AccountStore & Pick<InviteStore, 'inviteByHash'>
  passwords: Passwords
  clock: Clock
  random: Random
  log: Log
  settings: GuestSettings
  registration: () => RegistrationMode
  /** Whether a user is here now. */
  isActive(user: string): boolean
  /** Ends an account, with all that hangs on it. */
  end(user: string): Promise<void>
}

/** People who came by a name alone (A9). */
export interface Guests {
  readonly mode: GuestSettings['mode']
  enter(request: { displayName: string, invite?: string | undefined }, from: RequestSource): Promise<AccountResult<Account>>
  /** Makes a guest a user like any other. */
  promote(user: string, request: { username: string, password: string, invite?: string | undefined }, from: RequestSource): Promise<AccountResult<Account>>
  /** Ends those who have been away for too long; never rejects. */
  sweep(): Promise<void>
  /** Sweeps from now on. */
  start(): void
  close(): void
}

/** Ms between two looks for guests who are gone. */
const sweepEvery = 3_600_000
/** Ended at a time. */
const batch = 100

const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
const newName = () => `guest-${Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join('')}`

function createSweeper({ store, clock, log, settings: { absence }, isActive, end }: GuestsOptions): Pick<Guests, 'sweep' | 'start' | 'close'> {
  let cancel: (() => void) | undefined
  let closed = false

  async function sweep(): Promise<void> {
    try {
      const absent = await store.absentGuests(clock.now() - absence, batch)
      const gone = closed ? [] : absent.filter(user => !isActive(user))
      for (const user of gone) await end(user)
      if (gone.length > 0) log.info('guests who were away have ended', { count: gone.length })
    }
    catch (error) {
      log.warn('guests could not be looked through', { error: String(error) })
    }
  }

  function schedule(): void {
    if (closed) return
    cancel = clock.timer(() => void sweep().finally(schedule), sweepEvery)
  }

  return {
    sweep,
    start() {
      // Also where guests are switched off: those who are there still end.
      void sweep().finally(schedule)
    },
    close() {
      closed = true
      cancel?.()
    },
  }
}

export function createGuests(options: GuestsOptions): Guests {
  const { store, passwords, clock, random, settings: { mode }, registration } = options
  /** A family behind one address comes in; a script that fills the list of users does not. */
  const arrivals = createRateLimiter(clock, { burst: 10, refill: 60_000 })
  const promotions = createRateLimiter(clock, { burst: 10, refill: 60_000 })
  return {
    mode,
    ...createSweeper(options),
    async enter({ displayName, invite }, { address }) {
      if (mode === 'off') return { ok: false, code: 'not_found' }
      const name = cleanDisplayName(displayName)
      if (name === undefined) return { ok: false, code: 'bad_request' }
      const retryAfter = arrivals.take(networkOf(address))
      if (retryAfter > 0) return { ok: false, code: 'too_many_requests', retryAfter }
      const at = clock.now()
      const invited = invite === undefined ? undefined : await store.inviteByHash(inviteHash(invite), at)
      if (mode === 'invite' && invited?.conversation === undefined) return { ok: false, code: 'invite_required' }
      const username = newName()
      const made = await store.createUser({
        id: random.id(), username, usernameKey: foldText(username), displayName: name, passwordHash: '', at, mayBeFirst: false, guest: true,
      })
      return made.ok ? { ok: true, value: made.account } : made
    },
    async promote(user, { username, password, invite }, { address }) {
      if (registration() === 'closed') return { ok: false, code: 'registration_closed' }
      if (registration() === 'invite' && invite === undefined) return { ok: false, code: 'invite_required' }
      const fault = isUsername(username) ? passwordFault(password, username) : 'username_invalid'
      if (fault !== undefined) return { ok: false, code: fault }
      const retryAfter = promotions.take(networkOf(address))
      if (retryAfter > 0) return { ok: false, code: 'too_many_requests', retryAfter }
      const promoted = await store.promoteGuest(user, {
        username, usernameKey: foldText(username), passwordHash: await passwords.hash(password), at: clock.now(),
        ...(registration() === 'invite' && invite !== undefined ? { invite: inviteHash(invite) } : {}),
      })
      return promoted.ok ? { ok: true, value: promoted.account } : promoted
    },
  }
}
