import type { Content } from '#parley/shared/model.ts'
import { releaseAttachments } from '#parley/server/storage/sqlite/attachment-rows.ts'
import type { SqlBlob, SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { keyOf } from '#parley/server/storage/sqlite/keys.ts'
import { isIndexed, unindexContent } from '#parley/server/storage/sqlite/search-index.ts'

/** The end of a conversation. Each function runs inside a transaction. */

/** Its row stays, empty: the number in it makes the keys of the log and must never be given again. */
export function deleteConversation(database: SqliteDatabase, id: string, at: number): boolean {
  const num = database.get<{ num: number }>('select num from conversations where id = ? and deleted_at is null', id)?.num
  if (num === undefined) return false
  database.run(`
    update conversations set deleted_at = ?, closed = 1, public = 0, title = '', topic = null, avatar = null, direct_pair = null, member_count = 0 where num = ?`, at, num)
  for (const table of ['members', 'invites', 'bans', 'mutes', 'pins', 'hooks']) database.run(`delete from ${table} where conversation = ?`, num)
  database.run('update reports set copy = null, note = null where conversation = ?', num)
  return true
}

type Place = { num: number }

/** One whose log is not gone yet. */
const unpurged = `
  select c.num from conversations c where c.deleted_at is not null and (
    exists (select 1 from messages where key between c.num << 30 and ((c.num + 1) << 30) - 1)
    or exists (select 1 from changes where key between c.num << 30 and ((c.num + 1) << 30) - 1)
    or exists (select 1 from receipt_times r where r.conversation = c.num)) limit 1`

type MessageRow = { key: number, sender: number, cid: SqlBlob, body: string, edited_body: string | null, deleted_at: number | null, arrival: number }

function purgeMessage(database: SqliteDatabase, row: MessageRow): void {
  if (row.deleted_at === null && isIndexed(database, row.arrival)) {
    const { content } = JSON.parse(row.edited_body ?? row.body) as { content?: Content }
    unindexContent(database, row.arrival, content)
  }
  database.run('delete from ops where sender = ? and cid = ?', row.sender, row.cid)
  database.run('delete from reactions where message = ?', row.key)
  database.run('delete from mentions where message = ?', row.key)
  releaseAttachments(database, row.key)
  // Its arrival stays: new ones are numbered above the last, and the index counts on that.
  database.run('delete from messages where key = ?', row.key)
}

/** Whether there is anything to purge; a read, so that nothing is written while there is not. */
export const isUnpurged = (database: SqliteDatabase): boolean => database.get<Place>(unpurged) !== undefined

/** @returns whether there are more */
export function purgeDeleted(database: SqliteDatabase, limit: number): boolean {
  const place = database.get<Place>(unpurged)
  if (!place) return false
  const range = [keyOf(place.num, 0), keyOf(place.num + 1, 0) - 1] as const
  const messages = database.all<MessageRow>(`
    select key, sender, cid, body, edited_body, deleted_at, arrival from messages where key between ? and ? limit ?`, ...range, limit)
  for (const row of messages) purgeMessage(database, row)
  const changes = database.all<{ key: number, sender: number, cid: SqlBlob }>('select key, sender, cid from changes where key between ? and ? limit ?', ...range, limit - messages.length)
  for (const { key, sender, cid } of changes) {
    database.run('delete from ops where sender = ? and cid = ?', sender, cid)
    database.run('delete from changes where key = ?', key)
  }
  database.run(`
    delete from receipt_times where conversation = ? and (kind, seq, user) in (select kind, seq, user from receipt_times where conversation = ? limit ?)`, place.num, place.num, limit)
  return isUnpurged(database)
}
