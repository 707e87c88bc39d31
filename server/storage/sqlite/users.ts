import type { Kysely } from 'kysely'
import type { AccountStore, NewUser, UserRecord } from '#parley/server/auth/ports.ts'
import { foldText } from '#parley/shared/fold.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { userOfRow } from '#parley/server/storage/sqlite/member-rows.ts'
import type { Schema } from '#parley/server/storage/sqlite/schema.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

type UserStore = Pick<AccountStore, 'userCount' | 'createUser' | 'userByName' | 'userById' | 'setPassword' | 'setDisabled' | 'setUserRole'>

const recordColumns = ['id', 'username', 'display_name', 'avatar', 'role', 'password_hash', 'disabled', 'created_at'] as const

export function createSqliteUsers(database: SqliteDatabase, kysely: Kysely<Schema>, writes: WriteQueue): UserStore {
  const count = kysely.selectFrom('users').select(({ fn }) => fn.countAll<number>().as('count'))
  const countUsers = () => database.select(count)[0]?.count ?? 0

  function createUser({ id, username, usernameKey, displayName, passwordHash, at, mayBeFirst }: NewUser): Awaited<ReturnType<AccountStore['createUser']>> {
    const taken = kysely.selectFrom('users').select('id').where('username_key', '=', usernameKey)
    if (database.select(taken).length > 0) return { ok: false, code: 'username_taken' }
    const first = countUsers() === 0
    if (first && !mayBeFirst) return { ok: false, code: 'setup_code_required' }
    const account = { id, username, displayName, role: first ? 'admin' : 'member' } as const
    database.execute(kysely.insertInto('users').values({
      id, username, username_key: usernameKey, display_name: displayName, display_key: foldText(displayName), role: account.role,
      password_hash: passwordHash, created_at: at,
    }))
    return { ok: true, account }
  }

  function find(column: 'id' | 'username_key', value: string): UserRecord | undefined {
    const row = database.read(() => database.select(kysely.selectFrom('users').select(recordColumns).where(column, '=', value)))[0]
    return row && { ...userOfRow(row), role: row.role, passwordHash: row.password_hash, disabled: row.disabled === 1, createdAt: row.created_at }
  }

  const change = (id: string, fields: { password_hash?: string, disabled?: number, role?: 'admin' | 'member' }) =>
    writes.run(() => database.execute(kysely.updateTable('users').set(fields).where('id', '=', id)) > 0)

  return {
    userCount: async () => database.read(countUsers),
    createUser: user => writes.run(() => createUser(user)),
    userByName: async key => find('username_key', key),
    userById: async id => find('id', id),
    async setPassword(id, passwordHash) {
      await change(id, { password_hash: passwordHash })
    },
    setDisabled: (id, disabled) => change(id, { disabled: Number(disabled) }),
    setUserRole: (id, role) => change(id, { role }),
  }
}
