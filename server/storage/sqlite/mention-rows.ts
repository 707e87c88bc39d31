import type { Content } from '#parley/shared/model.ts'
import { mayMentionAll } from '#parley/server/chat/access.ts'
import { resolveMentions } from '#parley/server/storage/mentions.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import type { Entry } from '#parley/server/storage/sqlite/entry.ts'

/** Who a content mentions, as a field to spread into an event: absent when nobody (S9). */
export function mentionsOf(database: SqliteDatabase, { place }: Entry, content: Content): { mentions?: string[] } {
  const mentions = resolveMentions(content, {
    memberByName: name => database.get<{ id: string }>(`
      select u.id from users u join members m on m.user = u.num and m.conversation = ? where u.username_key = ?`, place.num, name)?.id,
    everyone: () => mayMentionAll(place.role ?? undefined, place.member_count)
      ? database.all<{ id: string }>('select u.id from members m join users u on u.num = m.user where m.conversation = ? order by m.place', place.num).map(row => row.id)
      : [],
  })
  return mentions ? { mentions } : {}
}

/** Rows for counting unread mentions. Nobody is told of mentioning themself. */
export function saveMentions(database: SqliteDatabase, message: number, sender: number, mentions: readonly string[] | undefined): void {
  for (const user of mentions ?? []) {
    database.run('insert into mentions (user, message) select num, ? from users where id = ? and num <> ?', message, user, sender)
  }
}

export function eraseMentions(database: SqliteDatabase, message: number): void {
  database.run('delete from mentions where message = ?', message)
}
