import { sql, type Kysely } from 'kysely'
import type { ConversationStore } from '#parley/server/chat/ports.ts'
import { foldText } from '#parley/shared/fold.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { userOfRow } from '#parley/server/storage/sqlite/member-rows.ts'
import type { Schema } from '#parley/server/storage/sqlite/schema.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

type PeopleStore = Pick<ConversationStore, 'contactsOf' | 'findUsers' | 'usersById' | 'saveLastSeen' | 'lastSeenOf' | 'setBlock'>

const userColumns = ['id', 'username', 'display_name', 'avatar'] as const

/** A list as one parameter: a placeholder for each would make a new statement of every length. */
const listed = (ids: readonly string[]) => sql<string>`(select value from json_each(${JSON.stringify(ids)}))`

export function createSqlitePeople(database: SqliteDatabase, kysely: Kysely<Schema>, writes: WriteQueue): PeopleStore {
  const users = kysely.selectFrom('users')
  return {
    contactsOf: async user => database.read(() => database.all<{ id: string }>(`
      select distinct u.id from members own join members other on other.conversation = own.conversation join users u on u.num = other.user
        where own.user = (select num from users where id = ?) and other.user <> own.user order by u.id`, user).map(({ id }) => id)),
    async findUsers(query, limit) {
      const part = foldText(query.trim())
      const named = users.select(userColumns).where('disabled', '=', 0)
        .where(({ eb, or, fn, val }) => or([eb(fn('instr', ['username_key', val(part)]), '>', 0), eb(fn('instr', ['display_key', val(part)]), '>', 0)]))
        .orderBy('username_key').limit(limit)
      return database.read(() => database.select(named)).map(userOfRow)
    },
    async usersById(ids) {
      const found = database.read(() => database.select(users.select(userColumns).where('id', 'in', listed(ids))))
      const byId = new Map(found.map(row => [row.id, userOfRow(row)]))
      return [...new Set(ids)].map(id => byId.get(id)).filter(user => user !== undefined)
    },
    async saveLastSeen(user, at) {
      const later = kysely.updateTable('users').set({ last_seen: at }).where('id', '=', user).where(sql<number>`coalesce(last_seen, 0)`, '<', at)
      await writes.run(() => database.execute(later))
    },
    async lastSeenOf(ids) {
      const seen = users.select(['id', 'last_seen']).where('id', 'in', listed(ids)).where('last_seen', 'is not', null).$narrowType<{ last_seen: number }>()
      return new Map(database.read(() => database.select(seen)).map(({ id, last_seen }) => [id, last_seen]))
    },
    async setBlock(user, blocked, on) {
      await writes.run(() => on
        ? database.run('insert or ignore into blocks (user, blocked) select a.num, b.num from users a, users b where a.id = ? and b.id = ?', user, blocked)
        : database.run('delete from blocks where user = (select num from users where id = ?) and blocked = (select num from users where id = ?)', user, blocked))
    },
  }
}
