import type { Account } from '#parley/shared/model.ts'
import type { AdminAccountStore } from '#parley/server/auth/admin-port.ts'
import type { AccountStore, ApiTokenRecord, GuestPromotion, LoginRecord, NewUser, UserRecord, UserState } from '#parley/server/auth/ports.ts'
import type { SecondFactorStore } from '#parley/server/auth/second-factor-port.ts'
import { retiredName } from '#parley/server/storage/retired-name.ts'
import { findInvite, useInvite } from '#parley/server/storage/memory/invites.ts'
import { userSummary } from '#parley/server/storage/memory/conversations.ts'
import { identityKey, type MemoryState, type MemoryUser } from '#parley/server/storage/memory/state.ts'
import type { MemoryWrites } from '#parley/server/storage/memory/writes.ts'

function stateOf(state: MemoryState, user: MemoryUser): UserState {
  const { role, disabled, hides } = user
  return {
    ...userSummary(user), role, disabled,
    ...(hides?.reads || hides?.presence ? { hides: { ...hides } } : {}),
    ...(state.blocks.get(user.id)?.size ? { blocks: true } : {}),
  }
}

function record(state: MemoryState, user: MemoryUser | undefined): UserRecord | undefined {
  if (!user) return undefined
  const { passwordHash, createdAt } = user
  return { ...stateOf(state, user), passwordHash, createdAt }
}

const isTaken = (state: MemoryState, key: string): boolean => [...state.users.values()].some(({ usernameKey }) => [key, retiredName(key)].includes(usernameKey))

function promoteGuest(state: MemoryState, id: string, promotion: GuestPromotion): Awaited<ReturnType<AccountStore['promoteGuest']>> {
  const { username, usernameKey, passwordHash, at, invite: hash } = promotion
  const user = state.users.get(id)
  if (!user?.guest) return { ok: false, code: 'not_found' }
  if (isTaken(state, usernameKey)) return { ok: false, code: 'username_taken' }
  const invite = hash === undefined ? undefined : findInvite(state, hash, at, id)
  if (hash !== undefined && !invite?.registers) return { ok: false, code: 'invite_required' }
  const { guest: _guest, ...rest } = user
  const promoted = { ...rest, username, usernameKey, passwordHash }
  state.users.set(id, promoted)
  if (invite) useInvite(invite, id, invite.conversation === undefined)
  return { ok: true, account: { ...userSummary(promoted), role: user.role } }
}

function absentGuests(state: MemoryState, before: number, limit: number): string[] {
  const seen = new Set([...state.logins.values()].filter(({ lastSeenAt }) => lastSeenAt >= before).map(({ user }) => user))
  const absent = ({ id, guest, createdAt, lastSeen = 0 }: MemoryUser) => guest === true && createdAt < before && lastSeen < before && !seen.has(id)
  return [...state.users.values()].filter(absent).slice(0, limit).map(({ id }) => id)
}

function createUser(state: MemoryState, user: NewUser): Awaited<ReturnType<AccountStore['createUser']>> {
  const { id, username, usernameKey, displayName, passwordHash, at, mayBeFirst } = user
  if (user.identity && state.identities.has(identityKey(user.identity))) return { ok: false, code: 'identity_taken' }
  if (isTaken(state, usernameKey)) return { ok: false, code: 'username_taken' }
  const first = state.users.size === 0
  if (first && !mayBeFirst) return { ok: false, code: 'setup_code_required' }
  const invite = user.invite === undefined ? undefined : findInvite(state, user.invite, at)
  if (user.invite !== undefined && !invite?.registers) return { ok: false, code: 'invite_required' }
  const account: Account = { id, username, displayName, role: first ? 'admin' : user.role ?? 'member', ...(user.guest ? { guest: true } : {}) }
  state.users.set(id, { ...account, usernameKey, passwordHash, disabled: false, createdAt: at })
  if (user.identity) state.identities.set(identityKey(user.identity), id)
  if (invite) useInvite(invite, id, invite.conversation === undefined)
  if (user.audit) state.audit.push(structuredClone(user.audit))
  return { ok: true, account }
}

/** A new log-in is the moment to forget those of the same user that ran out. */
function createLogin(state: MemoryState, login: LoginRecord): void {
  for (const { id, user, expiresAt } of state.logins.values()) {
    if (user === login.user && expiresAt <= login.createdAt) state.logins.delete(id)
  }
  state.logins.set(login.id, { ...login })
}

function revokeLogins(state: MemoryState, user: string, except?: string): string[] {
  const revoked = [...state.logins.values()].filter(login => login.user === user && login.id !== except).map(({ id }) => id)
  for (const id of revoked) state.logins.delete(id)
  return revoked
}

const tokenRecord = ({ hash: _hash, ...token }: ApiTokenRecord & { hash: string }): ApiTokenRecord => ({ ...token })

/** A user as each request needs them. */
export function findState(state: MemoryState, id: string): UserState | undefined {
  const user = state.users.get(id)
  return user && stateOf(state, user)
}

function findToken(state: MemoryState, hash: string): Awaited<ReturnType<AccountStore['apiToken']>> {
  const token = [...state.apiTokens.values()].find(other => other.hash === hash)
  const user = token && findState(state, token.user)
  return user && { token: tokenRecord(token), user }
}

function touchToken(state: MemoryState, id: string, at: number, before: number): void {
  const token = state.apiTokens.get(id)
  if (token && (token.lastUsedAt ?? 0) <= before) token.lastUsedAt = at
}

export function createMemoryAccounts(state: MemoryState, writes: MemoryWrites): Omit<AccountStore, keyof AdminAccountStore | keyof SecondFactorStore> {
  const byCreation = <T extends { createdAt: number }>(items: T[]) => items.toSorted((left, right) => left.createdAt - right.createdAt)
  return {
    async userByIdentity(identity) {
      const id = state.identities.get(identityKey(identity))
      return id === undefined ? undefined : findState(state, id)
    },
    promoteGuest: (user, promotion) => writes.run(() => promoteGuest(state, user, promotion)),
    absentGuests: async (before, limit) => absentGuests(state, before, limit),
    userCount: async () => state.users.size,
    createUser: user => writes.run(() => createUser(state, user)),
    userByName: async key => record(state, [...state.users.values()].find(user => user.usernameKey === key)),
    userById: async id => record(state, state.users.get(id)),
    setPassword: (id, passwordHash) => writes.run(() => {
      const user = state.users.get(id)
      if (user && !user.deleted) user.passwordHash = passwordHash
    }),
    createLogin: login => writes.run(() => createLogin(state, login)),
    async login(id, now) {
      const login = state.logins.get(id)
      const user = login && findState(state, login.user)
      return user && login.expiresAt > now ? { login: { ...login }, user } : undefined
    },
    touchLogin: (id, lastSeenAt, expiresAt) => writes.run(() => {
      const login = state.logins.get(id)
      if (login) Object.assign(login, { lastSeenAt, expiresAt })
    }),
    loginsOf: async (user, now) => byCreation([...state.logins.values()].filter(login => login.user === user && login.expiresAt > now)).map(login => ({ ...login })),
    revokeLogin: (user, id) => writes.run(() => state.logins.get(id)?.user === user && state.logins.delete(id)),
    revokeLogins: (user, except) => writes.run(() => revokeLogins(state, user, except)),
    createApiToken: token => writes.run(() => void state.apiTokens.set(token.id, { ...token })),
    apiToken: async hash => findToken(state, hash),
    touchApiToken: (id, at, before) => writes.run(() => touchToken(state, id, at, before)),
    revokeApiToken: (user, id) => writes.run(() => state.apiTokens.get(id)?.user === user && state.apiTokens.delete(id)),
    apiTokensOf: async user => byCreation([...state.apiTokens.values()].filter(token => token.user === user)).map(tokenRecord),
  }
}
