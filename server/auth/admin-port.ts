import type { AdminUser } from '#parley/shared/administration.ts'
import type { UserRole } from '#parley/shared/model.ts'
import type { AuditEntry } from '#parley/server/chat/moderation-port.ts'

export interface UserQuery {
  /** Part of a name. */
  text?: string
  only?: 'admin' | 'disabled'
  /** Username of the last one of the page before; pages go by username. */
  after?: string
  limit: number
  now: number
}

/** A link by which somebody sets a new password; of its token only a hash is stored. */
export interface NewPasswordReset { user: string, hash: string, createdAt: number, expiresAt: number }

/** Accounts as admins handle them. Implemented by the storage adapters. */
export interface AdminAccountStore {
  usersForAdmin(query: UserQuery): Promise<AdminUser[]>
  userForAdmin(id: string, now: number): Promise<AdminUser | undefined>
  /** `last_admin`: the only admin who can log in stays one, decided in the transaction, so that two admins cannot end each other. */
  changeUser(id: string, change: { disabled?: boolean, role?: UserRole }, audits: readonly AuditEntry[]): Promise<'changed' | 'not_found' | 'last_admin'>
  /** Replaces an earlier one of the same user. @returns whether there is such a user */
  createPasswordReset(reset: NewPasswordReset, audit: AuditEntry): Promise<boolean>
  /** Undefined: unknown, used, replaced or expired, or its user is disabled. */
  passwordReset(hash: string, now: number): Promise<{ user: string, username: string, displayName: string, expiresAt: number } | undefined>
  /** Sets the password and ends all logins of that user; of two that use one link at once, one does. @returns the ended logins */
  usePasswordReset(hash: string, now: number, passwordHash: string, audit: AuditEntry): Promise<string[] | undefined>
}
