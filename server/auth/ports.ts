import type { Hidden } from '#parley/server/chat/people-port.ts'
import type { Account, UserRole } from '#parley/shared/model.ts'
import type { ApiScope } from '#parley/shared/api-scopes.ts'
import type { AdminAccountStore } from '#parley/server/auth/admin-port.ts'
import type { SecondFactorStore } from '#parley/server/auth/second-factor-port.ts'
import type { AuditEntry } from '#parley/server/chat/moderation-port.ts'

/** Who somebody is elsewhere: at an OpenID provider, or in an application that vouches for its users. */
export interface ExternalIdentity { issuer: string, subject: string }

/** A user with what only the server may know. */
export interface UserRecord extends Account {
  /** scrypt, in PHC form. Empty: the account has no password. */
  passwordHash: string
  disabled: boolean
  createdAt: number
  /** Absent: nothing. */
  hides?: Hidden
  /** Whether there is anybody whom they have blocked. */
  blocks?: true
}

export interface LoginRecord {
  /** Opaque, unguessable; stands in the sealed cookie. */
  id: string
  user: string
  userAgent: string
  address: string
  createdAt: number
  lastSeenAt: number
  /** Sliding (A5). */
  expiresAt: number
}

/** A user as each request needs them: nothing that only a log-in may see. */
export type UserState = Omit<UserRecord, 'passwordHash' | 'createdAt'>

/** Without `scopes` it may do whatever its user may. */
export interface ApiTokenRecord { id: string, user: string, name: string, createdAt: number, lastUsedAt?: number, scopes?: readonly ApiScope[] }

export interface NewUser {
  id: string
  username: string
  /** NFKC, case-folded: what is compared (PROTOCOL 11). */
  usernameKey: string
  displayName: string
  passwordHash: string
  at: number
  /** Whether this request may become the first user, the admin (loopback, or with the set-up code). */
  mayBeFirst: boolean
  /** Hash of an invite that must let this user register; counted in the same transaction. */
  invite?: string
  /** Of a user whom an admin makes; the first user is admin in any case. */
  role?: UserRole
  audit?: AuditEntry
  guest?: true
  /** Whoever proves to be this logs in as the new user. */
  identity?: ExternalIdentity
}

/** What makes a guest a user like any other. */
export interface GuestPromotion {
  username: string
  usernameKey: string
  passwordHash: string
  at: number
  /** As in {@link NewUser}. */
  invite?: string
}

/** Users, log-in sessions and API tokens. Implemented by the storage adapters. */
export interface AccountStore extends AdminAccountStore, SecondFactorStore {
  userCount(): Promise<number>
  /** The first user becomes `admin`, decided in the same transaction, so that two first users cannot both be it. */
  createUser(user: NewUser): Promise<{ ok: true, account: Account } | { ok: false, code: 'username_taken' | 'setup_code_required' | 'invite_required' | 'identity_taken' }>
  userByIdentity(identity: ExternalIdentity): Promise<UserState | undefined>
  /** `not_found`: no such user, or no guest. */
  promoteGuest(user: string, promotion: GuestPromotion): Promise<{ ok: true, account: Account } | { ok: false, code: 'username_taken' | 'invite_required' | 'not_found' }>
  /** Guests who came and were seen last before `before`, ms since 1970, the oldest first. */
  absentGuests(before: number, limit: number): Promise<string[]>
  userByName(usernameKey: string): Promise<UserRecord | undefined>
  userById(id: string): Promise<UserRecord | undefined>
  setPassword(user: string, passwordHash: string): Promise<void>
  createLogin(login: LoginRecord): Promise<void>
  /** A login and whose it is, in one read. Undefined: unknown, revoked or expired at `now`. */
  login(id: string, now: number): Promise<{ login: LoginRecord, user: UserState } | undefined>
  touchLogin(id: string, lastSeenAt: number, expiresAt: number): Promise<void>
  loginsOf(user: string, now: number): Promise<LoginRecord[]>
  /** @returns whether that login existed and was the user's */
  revokeLogin(user: string, id: string): Promise<boolean>
  /** Revokes all logins of a user but one, and all API tokens are left alone. @returns the revoked ids */
  revokeLogins(user: string, except?: string): Promise<string[]>
  createApiToken(token: ApiTokenRecord & { hash: string }): Promise<void>
  /** A token and whose it is, in one read. */
  apiToken(hash: string): Promise<{ token: ApiTokenRecord, user: UserState } | undefined>
  /** Notes that a token was used, unless that was noted after `before` already. */
  touchApiToken(id: string, at: number, before: number): Promise<void>
  revokeApiToken(user: string, id: string): Promise<boolean>
  apiTokensOf(user: string): Promise<ApiTokenRecord[]>
}
