import { createHash, randomBytes } from 'node:crypto'
import type { AdminUser, PasswordReset, ResetPreviewResponse } from '#parley/shared/administration.ts'
import { foldText } from '#parley/shared/fold.ts'
import type { HttpErrorCode } from '#parley/shared/http.ts'
import type { UserRole } from '#parley/shared/model.ts'
import { auditOf, type Actor, type Operator } from '#parley/server/administration/admin.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import { networkOf } from '#parley/server/auth/client-address.ts'
import type { Passwords } from '#parley/server/auth/passwords.ts'
import { passwordFault } from '#parley/shared/password-rules.ts'
import { createRateLimiter } from '#parley/server/auth/rate-limiter.ts'
import { cleanDisplayName, isUsername } from '#parley/server/auth/usernames.ts'
import type { Clock, Random } from '#parley/server/chat/ports.ts'

/** `retryAfter` in ms, with `too_many_requests`. */
type Result<T> = { ok: true, value: T } | { ok: false, code: HttpErrorCode, retryAfter?: number }

/** Ms for which a link to set a password counts: over a weekend, not for ever in somebody's mail. */
const resetAge = 3 * 24 * 3_600_000

/** Stored instead of the token. Plain SHA-256 is right here: 256 random bits cannot be guessed, so nothing needs to be slow. */
const resetHash = (token: string): string => createHash('sha256').update(token).digest('base64url')

export interface AdminUsersOptions {
  store: AccountStore
  passwords: Passwords
  clock: Clock
  random: Pick<Random, 'id'>
}

/** Accounts in the hands of admins; who is one is asked before. */
export interface AdminUsers {
  /** An account without a password that anybody knows, and the link by which its user sets one. */
  create(actor: Actor | Operator, request: { username: string, displayName?: string | undefined, role?: UserRole | undefined }): Promise<Result<{ user: AdminUser, reset: PasswordReset }>>
  /** `forbidden` on oneself: nobody locks themselves out. */
  change(actor: Actor | Operator, id: string, change: { disabled?: boolean, role?: UserRole }): Promise<Result<AdminUser>>
  /** A new link for a password; an earlier one no longer counts. */
  reset(actor: Actor | Operator, id: string): Promise<Result<PasswordReset>>
  /** Takes away codes and passkeys (A11, A12), for who has lost what makes them. `forbidden` on oneself: it would go around one's own code. */
  clearSecondFactor(actor: Actor | Operator, id: string): Promise<Result<AdminUser>>
  /** Whose link this is. Unknown, used, replaced and expired have one answer. */
  preview(token: string, address: string): Promise<Result<ResetPreviewResponse>>
  /** Sets the password. @returns the user and the logins that ended with it */
  complete(token: string, password: string, address: string): Promise<Result<{ user: string, logins: string[] }>>
}

const refuse = (code: HttpErrorCode): { ok: false, code: HttpErrorCode } => ({ ok: false, code })

/** A link by which a user sets a password. Undefined: no such user. */
async function makeLink({ store, clock }: AdminUsersOptions, actor: Actor | Operator, { id, username }: { id: string, username: string }): Promise<PasswordReset | undefined> {
  const now = clock.now()
  const token = randomBytes(32).toString('base64url')
  const expiresAt = now + resetAge
  const made = await store.createPasswordReset({ user: id, hash: resetHash(token), createdAt: now, expiresAt }, auditOf(actor, now, 'user.reset', { target: id, name: username }))
  return made ? { token, expiresAt } : undefined
}

function createAccountActs(options: AdminUsersOptions): Pick<AdminUsers, 'create' | 'change' | 'reset' | 'clearSecondFactor'> {
  const { store, passwords, clock, random } = options
  return {
    async create(actor, { username, displayName, role = 'member' }) {
      if (!isUsername(username)) return refuse('username_invalid')
      const shown = cleanDisplayName(displayName ?? username)
      if (shown === undefined) return refuse('bad_request')
      const [id, at] = [random.id(), clock.now()]
      const made = await store.createUser({
        id, username, usernameKey: foldText(username), displayName: shown, at, role,
        // Whoever runs the server may make its first account, an admin's in any case.
        mayBeFirst: actor.account === undefined,
        passwordHash: await passwords.hash(randomBytes(32).toString('base64url')),
        audit: auditOf(actor, at, 'user.create', { target: id, name: username, detail: { role } }),
      })
      if (!made.ok) return refuse(made.code)
      const [user, reset] = [await store.userForAdmin(id, at), await makeLink(options, actor, { id, username })]
      return user && reset ? { ok: true, value: { user, reset } } : refuse('not_found')
    },
    async change(actor, id, { disabled, role }) {
      if (id === actor.account?.id) return refuse('forbidden')
      const now = clock.now()
      const before = await store.userForAdmin(id, now)
      if (!before) return refuse('not_found')
      const about = { target: id, name: before.username }
      const audits = [
        ...(disabled === undefined || disabled === before.disabled ? [] : [auditOf(actor, now, disabled ? 'user.disable' : 'user.enable', about)]),
        ...(role === undefined || role === before.role ? [] : [auditOf(actor, now, 'user.role', { ...about, detail: { role } })]),
      ]
      const outcome = await store.changeUser(id, { ...(disabled === undefined ? {} : { disabled }), ...(role === undefined ? {} : { role }) }, audits)
      if (outcome !== 'changed') return refuse(outcome)
      const user = await store.userForAdmin(id, now)
      return user ? { ok: true, value: user } : refuse('not_found')
    },
    async reset(actor, id) {
      const user = await store.userForAdmin(id, clock.now())
      const made = user && await makeLink(options, actor, user)
      return made ? { ok: true, value: made } : refuse('not_found')
    },
    async clearSecondFactor(actor, id) {
      if (id === actor.account?.id) return refuse('forbidden')
      const now = clock.now()
      const before = await store.userForAdmin(id, now)
      if (!before) return refuse('not_found')
      const detail = { codes: before.codes === true, passkeys: before.passkeys ?? 0 }
      await store.clearSecondFactor(id, auditOf(actor, now, 'user.second-factor', { target: id, name: before.username, detail }))
      const user = await store.userForAdmin(id, now)
      return user ? { ok: true, value: user } : refuse('not_found')
    },
  }
}

function createPasswordLinks({ store, passwords, clock }: AdminUsersOptions): Pick<AdminUsers, 'preview' | 'complete'> {
  /** Opening the page and setting the password cost two; one who tries tokens is slowed down. */
  const attempts = createRateLimiter(clock, { burst: 30, refill: 2_000 })

  async function find(token: string, address: string): Promise<Result<{ hash: string } & ResetPreviewResponse & { user: string }>> {
    const retryAfter = attempts.take(networkOf(address))
    if (retryAfter > 0) return { ok: false, code: 'too_many_requests', retryAfter }
    const hash = resetHash(token)
    const found = await store.passwordReset(hash, clock.now())
    return found ? { ok: true, value: { ...found, hash } } : refuse('not_found')
  }

  return {
    async preview(token, address) {
      const found = await find(token, address)
      if (!found.ok) return found
      const { username, displayName, expiresAt } = found.value
      return { ok: true, value: { username, displayName, expiresAt } }
    },
    async complete(token, password, address) {
      const found = await find(token, address)
      if (!found.ok) return found
      const { user, username, hash } = found.value
      const fault = passwordFault(password, username)
      if (fault !== undefined) return refuse(fault)
      const now = clock.now()
      const logins = await store.usePasswordReset(hash, now, await passwords.hash(password), { actor: user, address, at: now, act: 'user.password', target: user, name: username })
      return logins ? { ok: true, value: { user, logins } } : refuse('not_found')
    },
  }
}

export const createAdminUsers = (options: AdminUsersOptions): AdminUsers => ({ ...createAccountActs(options), ...createPasswordLinks(options) })
