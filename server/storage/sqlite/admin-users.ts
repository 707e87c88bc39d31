import type { AdminUser } from '#parley/shared/administration.ts'
import { foldText } from '#parley/shared/fold.ts'
import type { AdminAccountStore, UserQuery } from '#parley/server/auth/admin-port.ts'
import { writeAudit } from '#parley/server/storage/sqlite/audit-rows.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { stateOfRow, type StateRow } from '#parley/server/storage/sqlite/users.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

type ResetRow = { user: string, username: string, displayName: string, expiresAt: number }
type Row = StateRow & { created_at: number, last_seen: number | null, sessions: number, codes: number, passkeys: number }

const columns = `select u.*, (select count(*) from logins l where l.user = u.num and l.expires_at > ?) as sessions,
  exists (select 1 from totp t where t.user = u.num) as codes, (select count(*) from passkeys p where p.user = u.num) as passkeys from users u`

/** Without what a user hides, and that they block somebody: that is no business of admins. */
function userOf(row: Row): AdminUser {
  const { hides: _hides, blocks: _blocks, ...state } = stateOfRow(row)
  return {
    ...state, createdAt: row.created_at, sessions: row.sessions, ...(row.last_seen === null ? {} : { lastSeen: row.last_seen }),
    ...(row.codes ? { codes: true } : {}), ...(row.passkeys ? { passkeys: row.passkeys } : {}),
  }
}

function findUsers(database: SqliteDatabase, { text = '', only, after, limit, now }: UserQuery): AdminUser[] {
  const part = foldText(text.trim())
  return database.all<Row>(`
    ${columns} where u.deleted_at is null and u.bot = 0 and u.username_key > ? and (instr(u.username_key, ?) > 0 or instr(u.display_key, ?) > 0)
      and (? is null or (? = 'disabled' and u.disabled = 1) or (? = 'admin' and u.role = 'admin')) order by u.username_key limit ?`,
  now, foldText(after ?? ''), part, part, only ?? null, only ?? null, only ?? null, limit).map(userOf)
}

/** Whether this user is the only admin who can log in: without them the server could never get one again. */
const isLastAdmin = (database: SqliteDatabase, id: string): boolean =>
  database.get('select 1 from users where id = ? and role = \'admin\' and disabled = 0', id) !== undefined
  && database.get('select 1 from users where id <> ? and role = \'admin\' and disabled = 0 limit 1', id) === undefined

export function createSqliteAdminUsers(database: SqliteDatabase, writes: WriteQueue): AdminAccountStore {
  return {
    usersForAdmin: async query => database.read(() => findUsers(database, query)),
    userForAdmin: async (id, now) => {
      const row = database.read(() => database.get<Row>(`${columns} where u.id = ? and u.deleted_at is null and u.bot = 0`, now, id))
      return row && userOf(row)
    },
    changeUser: (id, { disabled, role }, audits) => writes.run(() => {
      if (!database.get('select 1 from users where id = ? and deleted_at is null and bot = 0', id)) return 'not_found'
      if ((disabled === true || role === 'member') && isLastAdmin(database, id)) return 'last_admin'
      database.run('update users set disabled = coalesce(?, disabled), role = coalesce(?, role) where id = ?', disabled === undefined ? null : Number(disabled), role ?? null, id)
      for (const audit of audits) writeAudit(database, audit)
      return 'changed'
    }),
    createPasswordReset: ({ user, hash, createdAt, expiresAt }, audit) => writes.run(() => {
      const { changes } = database.run(`
        insert or replace into password_resets (user, hash, created_at, expires_at) select num, ?, ?, ? from users where id = ? and deleted_at is null and bot = 0`, hash, createdAt, expiresAt, user)
      if (changes > 0) writeAudit(database, audit)
      return changes > 0
    }),
    async passwordReset(hash, now) {
      const row = database.read(() => database.get<ResetRow>(`
        select u.id as user, u.username, u.display_name as displayName, r.expires_at as expiresAt from password_resets r join users u on u.num = r.user
          where r.hash = ? and r.expires_at > ? and u.disabled = 0 and u.deleted_at is null`, hash, now))
      return row && { ...row }
    },
    usePasswordReset: (hash, now, passwordHash, audit) => writes.run(() => {
      const found = database.get<{ num: number }>(`
        select u.num from password_resets r join users u on u.num = r.user where r.hash = ? and r.expires_at > ? and u.disabled = 0 and u.deleted_at is null`, hash, now)
      if (!found) return undefined
      database.run('update users set password_hash = ? where num = ?', passwordHash, found.num)
      database.run('delete from password_resets where user = ? or expires_at <= ?', found.num, now)
      const logins = database.all<{ id: string }>('select id from logins where user = ? order by id', found.num).map(({ id }) => id)
      database.run('delete from logins where user = ?', found.num)
      writeAudit(database, audit)
      return logins
    }),
  }
}
