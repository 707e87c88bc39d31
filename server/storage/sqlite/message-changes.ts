import type { Content } from '#parley/shared/model.ts'
import type { LogChange } from '#parley/server/chat/ports.ts'
import { holdAttachment, releaseAttachments } from '#parley/server/storage/sqlite/attachment-rows.ts'
import type { SqlBlob, SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import type { Entry } from '#parley/server/storage/sqlite/entry.ts'
import { keyOf } from '#parley/server/storage/sqlite/keys.ts'
import { eraseMentions, saveMentions } from '#parley/server/storage/sqlite/mention-rows.ts'
import { unpin } from '#parley/server/storage/sqlite/pins.ts'
import { indexContent, isIndexed, unindexContent } from '#parley/server/storage/sqlite/search-index.ts'

/** What ops do to messages. Each runs inside a transaction, on an op that access.ts has let through. */

export interface MessageBody { content: Content, replyTo?: number, mentions?: string[] }
export interface EditedBody { content: Content, mentions?: string[] }

export function saveMessage(database: SqliteDatabase, entry: Entry, body: MessageBody): void {
  const { key, sender, cidBytes, at } = entry
  const { lastInsertRowid: arrival } = database.run('insert into arrivals (message) values (?)', key)
  database.run(
    'insert into messages (key, sender, cid, at, body, arrival) values (?, ?, ?, ?, ?, ?)',
    key, sender.num, cidBytes, at, JSON.stringify(body), arrival,
  )
  saveMentions(database, key, sender.num, body.mentions)
  holdAttachment(database, key, body.content)
}

type Target = { key: number, body: string, edited_body: string | null, deleted_at: number | null, sender: number, cid: SqlBlob, arrival: number }

function readTarget(database: SqliteDatabase, entry: Entry, seq: number): Target | undefined {
  const target = database.get<Target>(
    'select key, body, edited_body, deleted_at, sender, cid, arrival from messages where key = ?', keyOf(entry.place.num, seq))
  return target?.deleted_at === null ? target : undefined
}

/** What the index holds for a message: its newest form. */
function indexedContent({ body, edited_body }: Target): Content | undefined {
  const { content } = JSON.parse(edited_body ?? body) as { content?: Content }
  return content
}

export function applyEdit(database: SqliteDatabase, entry: Entry, seq: number, body: EditedBody): void {
  const target = readTarget(database, entry, seq)
  if (!target) return
  if (isIndexed(database, target.arrival)) {
    unindexContent(database, target.arrival, indexedContent(target))
    indexContent(database, target.arrival, body.content)
  }
  database.run('update messages set edited_body = ?, edited_at = ? where key = ?', JSON.stringify(body), entry.at, target.key)
  eraseMentions(database, target.key)
  saveMentions(database, target.key, target.sender, body.mentions)
  holdAttachment(database, target.key, body.content)
}

/**
 * O5: erases the content wherever it stands: event, newest form, edits, index, mentions, and the digests, from which a short text could
 * be guessed.
 *
 * @param expired by the server's retention: nobody did it
 */
export function applyDelete(database: SqliteDatabase, entry: Entry, seq: number, expired: boolean): void {
  const target = readTarget(database, entry, seq)
  if (!target) return
  if (isIndexed(database, target.arrival)) unindexContent(database, target.arrival, indexedContent(target))
  const { replyTo } = JSON.parse(target.body) as MessageBody
  database.run(`
    update messages set body = ?, edited_body = null, edited_at = null, deleted_at = ?, deleted_by = ? where key = ?`,
  JSON.stringify({ replyTo }), entry.at, expired ? null : entry.sender.num, target.key)
  database.run('update ops set digest = null where sender = ? and cid = ?', target.sender, target.cid)
  for (const edit of database.all<{ sender: number, cid: SqlBlob }>('select sender, cid from changes where target = ? and kind = 1', target.key)) {
    database.run('update ops set digest = null where sender = ? and cid = ?', edit.sender, edit.cid)
  }
  database.run('update changes set body = null where target = ? and kind = 1', target.key)
  database.run('delete from reactions where message = ?', target.key)
  releaseAttachments(database, target.key)
  unpin(database, entry, seq)
  eraseMentions(database, target.key)
}

export function applyReaction(database: SqliteDatabase, entry: Entry, change: Extract<LogChange, { kind: 'reaction' }>): void {
  const target = readTarget(database, entry, change.target)
  if (!target) return
  const { key } = target
  if (!change.on) {
    database.run('delete from reactions where message = ? and emoji = ? and user = ?', key, change.emoji, entry.sender.num)
    return
  }
  const since = database.get<{ since: number }>('select since from reactions where message = ? and emoji = ? limit 1', key, change.emoji)?.since ?? entry.key
  database.run('insert or ignore into reactions (message, emoji, user, key, since) values (?, ?, ?, ?, ?)', key, change.emoji, entry.sender.num, entry.key, since)
}
