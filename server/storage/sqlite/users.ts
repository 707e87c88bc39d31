import type { UserRole } from '#parley/shared/model.ts'
import type { AccountStore, ExternalIdentity, NewUser, UserRecord, UserState } from '#parley/server/auth/ports.ts'
import { foldText } from '#parley/shared/fold.ts'
import { writeAudit } from '#parley/server/storage/sqlite/audit-rows.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { retiredName } from '#parley/server/storage/retired-name.ts'
import { readInvite, useInvite } from '#parley/server/storage/sqlite/invites.ts'
import { userColumns, userOfRow, type UserRow } from '#parley/server/storage/sqlite/member-rows.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

type UserStore = Pick<AccountStore, 'userCount' | 'createUser' | 'userByName' | 'userById' | 'setPassword' | 'userByIdentity'>

export type StateRow = UserRow & { role: UserRole, disabled: number, hides_reads: number, hides_presence: number, blocks: number }
type RecordRow = StateRow & { password_hash: string, created_at: number }

/** Of `users u`. */
export const stateColumns = `u.role, u.disabled, u.hides_reads, u.hides_presence, exists (select 1 from blocks b where b.user = u.num) as blocks`

export const stateOfRow = (row: StateRow): UserState => ({
  ...userOfRow(row), role: row.role, disabled: row.disabled === 1,
  ...(row.hides_reads || row.hides_presence ? { hides: { ...(row.hides_reads ? { reads: true } : {}), ...(row.hides_presence ? { presence: true } : {}) } } : {}),
  ...(row.blocks ? { blocks: true } : {}),
})

const records = `select ${userColumns}, ${stateColumns}, u.password_hash, u.created_at from users u`

/** Whether a name belongs to somebody, or did. */
export const isTaken = (database: SqliteDatabase, usernameKey: string): boolean =>
  database.get('select 1 from users where username_key in (?, ?)', usernameKey, retiredName(usernameKey)) !== undefined

const findIdentity = (database: SqliteDatabase, { issuer, subject }: ExternalIdentity): StateRow | undefined => database.get<StateRow>(`
  select ${userColumns}, ${stateColumns} from identities i join users u on u.num = i.user where i.issuer = ? and i.subject = ?`, issuer, subject)

export function createSqliteUsers(database: SqliteDatabase, writes: WriteQueue): UserStore {
  const countUsers = () => database.get<{ count: number }>('select count(*) as count from users')?.count ?? 0

  function createUser({ id, username, usernameKey, displayName, passwordHash, at, mayBeFirst, invite: hash, role, audit, guest, identity }: NewUser): Awaited<ReturnType<AccountStore['createUser']>> {
    // Before the name: who was made a moment ago by another tab of the same person has taken that as well.
    if (identity && findIdentity(database, identity)) return { ok: false, code: 'identity_taken' }
    if (isTaken(database, usernameKey)) return { ok: false, code: 'username_taken' }
    const first = countUsers() === 0
    if (first && !mayBeFirst) return { ok: false, code: 'setup_code_required' }
    const invite = hash === undefined ? undefined : readInvite(database, hash, at, null)
    if (hash !== undefined && invite?.registers !== 1) return { ok: false, code: 'invite_required' }
    const account = { id, username, displayName, role: first ? 'admin' : role ?? 'member', ...(guest ? { guest } : {}) } as const
    const { lastInsertRowid } = database.run(`
      insert into users (id, username, username_key, display_name, display_key, role, password_hash, created_at, guest) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id, username, usernameKey, displayName, foldText(displayName), account.role, passwordHash, at, Number(guest ?? 0))
    if (identity) database.run('insert into identities (issuer, subject, user, at) values (?, ?, ?, ?)', identity.issuer, identity.subject, lastInsertRowid, at)
    if (invite) useInvite(database, invite.num, Number(lastInsertRowid), invite.conversation === null)
    if (audit) writeAudit(database, audit)
    return { ok: true, account }
  }

  function find(text: string, value: string): UserRecord | undefined {
    const row = database.read(() => database.get<RecordRow>(text, value))
    return row && { ...stateOfRow(row), passwordHash: row.password_hash, createdAt: row.created_at }
  }

  return {
    userByIdentity: async (identity) => {
      const row = database.read(() => findIdentity(database, identity))
      return row && stateOfRow(row)
    },
    userCount: async () => database.read(countUsers),
    createUser: user => writes.run(() => createUser(user)),
    userByName: async key => find(`${records} where username_key = ?`, key),
    userById: async id => find(`${records} where id = ?`, id),
    async setPassword(id, passwordHash) {
      await writes.run(() => database.run('update users set password_hash = ? where id = ?', passwordHash, id))
    },
  }
}
