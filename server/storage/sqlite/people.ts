import type { ConversationStore } from '#parley/server/chat/ports.ts'
import type { UserSummary } from '#parley/shared/model.ts'
import { foldText } from '#parley/shared/fold.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { userColumns, userOfRow, type UserRow } from '#parley/server/storage/sqlite/member-rows.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

type PeopleStore = Pick<ConversationStore, 'contactsOf' | 'findUsers' | 'usersById' | 'saveLastSeen' | 'lastSeenOf' | 'setBlock'>

/** A list as one parameter: a placeholder for each would make a new statement of every length. */
const listed = '(select value from json_each(?))'

/** Users in the order of their ids as given; whoever there is not is left out. */
export function readUsers(database: SqliteDatabase, ids: readonly string[]): UserSummary[] {
  const found = database.all<UserRow>(`select ${userColumns} from users u where id in ${listed}`, JSON.stringify(ids))
  const byId = new Map(found.map(row => [row.id, userOfRow(row)]))
  return [...new Set(ids)].map(id => byId.get(id)).filter(user => user !== undefined)
}

export function createSqlitePeople(database: SqliteDatabase, writes: WriteQueue): PeopleStore {
  return {
    contactsOf: async user => database.read(() => database.all<{ id: string }>(`
      select distinct u.id from members own join members other on other.conversation = own.conversation join users u on u.num = other.user
        where own.user = (select num from users where id = ?) and other.user <> own.user order by u.id`, user).map(({ id }) => id)),
    async findUsers(query, limit) {
      const part = foldText(query.trim())
      return database.read(() => database.all<UserRow>(`
        select ${userColumns} from users u
          where disabled = 0 and (instr(username_key, ?) > 0 or instr(display_key, ?) > 0) order by username_key limit ?`, part, part, limit)).map(userOfRow)
    },
    usersById: async ids => database.read(() => readUsers(database, ids)),
    async saveLastSeen(user, at) {
      await writes.run(() => database.run('update users set last_seen = ? where id = ? and coalesce(last_seen, 0) < ? and hides_presence = 0 and deleted_at is null', at, user, at))
    },
    async lastSeenOf(ids) {
      const seen = database.read(() => database.all<{ id: string, last_seen: number }>(
        `select id, last_seen from users where last_seen is not null and id in ${listed}`, JSON.stringify(ids)))
      return new Map(seen.map(({ id, last_seen }) => [id, last_seen]))
    },
    async setBlock(user, blocked, on) {
      await writes.run(() => on
        ? database.run('insert or ignore into blocks (user, blocked) select a.num, b.num from users a, users b where a.id = ? and b.id = ?', user, blocked)
        : database.run('delete from blocks where user = (select num from users where id = ?) and blocked = (select num from users where id = ?)', user, blocked))
    },
  }
}
