import type { AdminUser } from '#parley/shared/administration.ts'
import { foldText } from '#parley/shared/fold.ts'
import type { AdminAccountStore, UserQuery } from '#parley/server/auth/admin-port.ts'
import { compareText } from '#parley/server/storage/compare-text.ts'
import { userSummary } from '#parley/server/storage/memory/conversations.ts'
import { copy, type MemoryState, type MemoryUser } from '#parley/server/storage/memory/state.ts'
import type { MemoryWrites } from '#parley/server/storage/memory/writes.ts'

function userOf(state: MemoryState, user: MemoryUser, now: number): AdminUser {
  const sessions = [...state.logins.values()].filter(login => login.user === user.id && login.expiresAt > now).length
  const { role, disabled, createdAt, lastSeen } = user
  const passkeys = [...state.passkeys.values()].filter(passkey => passkey.user === user.id).length
  return {
    ...userSummary(user), role, disabled, createdAt, sessions, ...(lastSeen === undefined ? {} : { lastSeen }),
    ...(state.totp.has(user.id) ? { codes: true } : {}), ...(passkeys === 0 ? {} : { passkeys }),
  }
}

function findUsers(state: MemoryState, { text = '', only, after, limit, now }: UserQuery): AdminUser[] {
  const part = foldText(text.trim())
  const above = foldText(after ?? '')
  const fits = (user: MemoryUser) => !user.deleted && !user.bot && compareText(user.usernameKey, above) > 0
    && (user.usernameKey.includes(part) || foldText(user.displayName).includes(part))
    && (only === undefined || (only === 'admin' ? user.role === 'admin' : user.disabled))
  return [...state.users.values()].filter(fits).toSorted((left, right) => compareText(left.usernameKey, right.usernameKey)).slice(0, limit).map(user => userOf(state, user, now))
}

function isLastAdmin(state: MemoryState, id: string): boolean {
  const admins = [...state.users.values()].filter(({ role, disabled, deleted }) => role === 'admin' && !disabled && !deleted)
  return admins.length === 1 && admins[0]!.id === id
}

function resetOf(state: MemoryState, hash: string, now: number): { user: MemoryUser, expiresAt: number } | undefined {
  const found = [...state.resets].find(([, reset]) => reset.hash === hash && reset.expiresAt > now)
  const user = found && state.users.get(found[0])
  return user && !user.disabled && !user.deleted ? { user, expiresAt: found[1].expiresAt } : undefined
}

export function createMemoryAdminUsers(state: MemoryState, writes: MemoryWrites): AdminAccountStore {
  return {
    usersForAdmin: async query => findUsers(state, query),
    async userForAdmin(id, now) {
      const user = state.users.get(id)
      return user && !user.deleted && !user.bot ? userOf(state, user, now) : undefined
    },
    changeUser: (id, { disabled, role }, audits) => writes.run(() => {
      const user = state.users.get(id)
      if (!user || user.deleted || user.bot) return 'not_found'
      if ((disabled === true || role === 'member') && isLastAdmin(state, id)) return 'last_admin'
      if (disabled !== undefined) user.disabled = disabled
      if (role !== undefined) user.role = role
      state.audit.push(...copy(audits))
      return 'changed'
    }),
    createPasswordReset: ({ user, hash, createdAt, expiresAt }, audit) => writes.run(() => {
      const subject = state.users.get(user)
      if (!subject || subject.deleted || subject.bot) return false
      state.resets.set(user, { hash, createdAt, expiresAt })
      state.audit.push(copy(audit))
      return true
    }),
    async passwordReset(hash, now) {
      const found = resetOf(state, hash, now)
      return found && { user: found.user.id, username: found.user.username, displayName: found.user.displayName, expiresAt: found.expiresAt }
    },
    usePasswordReset: (hash, now, passwordHash, audit) => writes.run(() => {
      const user = resetOf(state, hash, now)?.user
      if (!user) return undefined
      user.passwordHash = passwordHash
      state.resets.delete(user.id)
      const logins = [...state.logins.values()].filter(login => login.user === user.id).map(({ id }) => id).toSorted(compareText)
      for (const id of logins) state.logins.delete(id)
      state.audit.push(copy(audit))
      return logins
    }),
  }
}
