import { inviteHash } from '#parley/server/auth/invites.ts'
import { createGuessLimits } from '#parley/server/auth/guess-limits.ts'
import { networkOf } from '#parley/server/auth/client-address.ts'
import type { AccountStore, UserRecord, UserState } from '#parley/server/auth/ports.ts'
import { passwordFault } from '#parley/shared/password-rules.ts'
import type { Passwords } from '#parley/server/auth/passwords.ts'
import { createRateLimiter } from '#parley/server/auth/rate-limiter.ts'
import { isSetupCode } from '#parley/server/auth/setup-code.ts'
import { foldText } from '#parley/shared/fold.ts'
import { cleanDisplayName, isUsername } from '#parley/server/auth/usernames.ts'
import type { InviteStore } from '#parley/server/chat/invite-port.ts'
import type { Clock, Random } from '#parley/server/chat/ports.ts'
import type { HttpErrorCode } from '#parley/shared/http.ts'
import type { RegistrationMode } from '#parley/shared/administration.ts'
import type { Account } from '#parley/shared/model.ts'

export type AccountResult<T>
  /** `retryAfter` in ms, with `too_many_requests`. */
  = { ok: true, value: T } | { ok: false, code: HttpErrorCode, retryAfter?: number }

export interface Registration {
  username: string
  password: string
  displayName?: string | undefined
  setupCode?: string | undefined
  /** Token of an invite. */
  invite?: string | undefined
}

/** Where a request came from. `local`: by name and address from this very machine. */
export interface RequestSource { address: string, local: boolean }

export interface Accounts {
  register(request: Registration, from: RequestSource): Promise<AccountResult<Account>>
  logIn(username: string, password: string, from: RequestSource): Promise<AccountResult<Account>>
  /** Whether this is the user's password. */
  confirm(user: string, password: string, from: RequestSource): Promise<AccountResult<void>>
  /** Whether who is logged in means to end the account: by the password, or by the user name for who has no password (A8–A10). */
  confirmEnd(user: string, words: string, from: RequestSource): Promise<AccountResult<void>>
  changePassword(user: string, current: string, next: string, from: RequestSource): Promise<AccountResult<void>>
}

export interface AccountsOptions {
  store: AccountStore & Pick<InviteStore, 'inviteByHash'>
  passwords: Passwords
  clock: Clock
  random: Random
  /** Asked each time: admins change it while the server runs. */
  registration: () => RegistrationMode
  /** Set at a start without any user. */
  setupCode: string | undefined
}

/** What anyone may know of a record. */
export const accountOf = ({ id, username, displayName, avatar, status, role, guest }: UserState): Account =>
  ({ id, username, displayName, role, ...(guest ? { guest } : {}), ...(avatar === undefined ? {} : { avatar }), ...(status === undefined ? {} : { status }) })

function judgeRegistration(request: Registration): HttpErrorCode | undefined {
  if (!isUsername(request.username)) return 'username_invalid'
  if (request.displayName !== undefined && cleanDisplayName(request.displayName) === undefined) return 'bad_request'
  return passwordFault(request.password, request.username)
}

function createRegistration({ store, passwords, clock, random, registration, setupCode }: AccountsOptions): Accounts['register'] {
  const attempts = createRateLimiter(clock, { burst: 20, refill: 30_000 })

  /** A closed server still needs its first user. */
  async function closedBy(invite: string | undefined): Promise<HttpErrorCode | undefined> {
    if (invite === undefined || registration() === 'closed') return registration() === 'invite' ? 'invite_required' : 'registration_closed'
    return (await store.inviteByHash(invite, clock.now()))?.invite.registers === true ? undefined : 'invite_required'
  }

  return async (request, from) => {
    const isOpen = registration() === 'open' || await store.userCount() === 0
    const invite = isOpen || request.invite === undefined ? undefined : inviteHash(request.invite)
    // Looked at before the hashing, and again with the use that is counted.
    const fault = (isOpen ? undefined : await closedBy(invite)) ?? judgeRegistration(request)
    if (fault !== undefined) return { ok: false, code: fault }
    // Hashing is dear by design; without a limit, registering would be the cheapest way to keep this machine busy.
    const retryAfter = from.local ? 0 : attempts.take(networkOf(from.address))
    if (retryAfter > 0) return { ok: false, code: 'too_many_requests', retryAfter }
    const hasCode = setupCode !== undefined && request.setupCode !== undefined && isSetupCode(request.setupCode, setupCode)
    const made = await store.createUser({
      id: random.id(),
      username: request.username,
      usernameKey: foldText(request.username),
      displayName: cleanDisplayName(request.displayName ?? request.username) ?? request.username,
      passwordHash: await passwords.hash(request.password),
      at: clock.now(),
      mayBeFirst: from.local || hasCode,
      ...(invite === undefined ? {} : { invite }),
    })
    return made.ok ? { ok: true, value: made.account } : made
  }
}

/** Registration, log-in and change of password (PROTOCOL 11). */
export function createAccounts(options: AccountsOptions): Accounts {
  const { store, passwords, clock } = options
  const guesses = createGuessLimits(clock, { both: { burst: 10, refill: 30_000 }, account: { burst: 100, refill: 10_000 }, network: { burst: 100, refill: 3_000 } })

  async function checkPassword(record: UserRecord | undefined, key: string, password: string, address: string): Promise<AccountResult<void>> {
    const network = networkOf(address)
    const retryAfter = guesses.take(key, network)
    if (retryAfter > 0) return { ok: false, code: 'too_many_requests', retryAfter }
    const matches = await passwords.verify(record?.passwordHash, password).catch((error: unknown) => {
      // Nothing was compared: too many were at it.
      guesses.giveBack(key, network)
      throw error
    })
    if (!matches) return { ok: false, code: 'bad_credentials' }
    guesses.giveBack(key, network)
    return { ok: true, value: undefined }
  }

  return {
    register: createRegistration(options),
    async logIn(username, password, from) {
      const key = foldText(username)
      const record = await store.userByName(key)
      const checked = await checkPassword(record, key, password, from.address)
      if (!checked.ok) return checked
      // Told only to who knows the password: otherwise it would say which accounts exist.
      if (record === undefined || record.disabled) return { ok: false, code: 'account_disabled' }
      return { ok: true, value: accountOf(record) }
    },
    async confirm(user, password, from) {
      const record = await store.userById(user)
      return checkPassword(record, record === undefined ? user : foldText(record.username), password, from.address)
    },
    async confirmEnd(user, words, from) {
      const record = await store.userById(user)
      const key = record === undefined ? user : foldText(record.username)
      if (record?.passwordHash !== '') return checkPassword(record, key, words, from.address)
      return foldText(words.trim()) === key ? { ok: true, value: undefined } : { ok: false, code: 'bad_credentials' }
    },
    async changePassword(user, current, next, from) {
      const record = await store.userById(user)
      const key = record === undefined ? user : foldText(record.username)
      const checked = await checkPassword(record, key, current, from.address)
      if (!checked.ok || record === undefined) return checked
      const fault = passwordFault(next, record.username)
      if (fault !== undefined) return { ok: false, code: fault }
      await store.setPassword(user, await passwords.hash(next))
      return { ok: true, value: undefined }
    },
  }
}
