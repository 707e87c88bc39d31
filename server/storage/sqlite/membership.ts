import type { LogChange } from '#parley/server/chat/ports.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import type { Entry } from '#parley/server/storage/sqlite/entry.ts'
import type { Place } from '#parley/server/storage/sqlite/facts.ts'

/** What `member` and `meta` events change; inside a transaction, after access.ts. */

export function applyMember(database: SqliteDatabase, { seq, place }: Entry, change: Extract<LogChange, { kind: 'member' }>): void {
  const user = database.get<{ num: number }>('select num from users where id = ?', change.user)?.num
  if (user === undefined) return
  switch (change.change) {
    case 'join':
      // What was said before is history to a newcomer, not unread.
      database.run(`
        insert into members (conversation, user, role, place, read_seq, delivered_seq, joined_seq, muted_until)
          select num, ?, ?, places, ?, ?, ?, coalesce((select until from mutes t where t.conversation = conversations.num and t.user = ?), 0)
            from conversations where num = ?`, user, change.role ?? 'member', seq, seq, seq, user, place.num)
      // Someone who may bring others in has brought them back.
      database.run('delete from bans where conversation = ? and user = ?', place.num, user)
      database.run('update conversations set places = places + 1, member_count = member_count + 1 where num = ?', place.num)
      break
    case 'leave':
      database.run('delete from members where conversation = ? and user = ?', place.num, user)
      database.run('update conversations set member_count = member_count - 1 where num = ?', place.num)
      break
    case 'role':
      if (change.role) database.run('update members set role = ? where conversation = ? and user = ?', change.role, place.num, user)
  }
}

export function applyMeta(database: SqliteDatabase, place: Place, { title, topic, avatar, closed, public: isPublic }: Extract<LogChange, { kind: 'meta' }>): void {
  database.run(`
    update conversations set title = coalesce(?, title), topic = coalesce(?, topic), avatar = coalesce(?, avatar), closed = coalesce(?, closed),
        public = coalesce(?, public)
      where num = ?`, title ?? null, topic ?? null, avatar ?? null, closed === undefined ? null : Number(closed), isPublic === undefined ? null : Number(isPublic), place.num)
}
