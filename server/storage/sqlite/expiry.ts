import type { Expired, ExpiryQuery } from '#parley/server/chat/administration-port.ts'
import type { ConversationKind } from '#parley/shared/model.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { seqOf } from '#parley/server/storage/sqlite/keys.ts'

type Row = { arrival: number, key: number | null, at: number, kind: ConversationKind, conversation: string, sender: string, stands: number, holds: number }

/**
 * Messages that have had their time, in the order in which all messages came: that is nearly the order of time, so the first one that is
 * young enough ends the search. Inside a snapshot.
 */
export function readExpired(database: SqliteDatabase, { kind, files, before, after, limit }: ExpiryQuery): Expired {
  const rows = database.all<Row>(`
    select a.arrival, m.key, m.at, c.kind, c.id as conversation, u.id as sender, m.deleted_at is null and c.deleted_at is null as stands,
        exists (select 1 from attachment_uses s where s.message = m.key) as holds
      from arrivals a left join messages m on m.key = a.message left join conversations c on c.num = m.key >> 30 left join users u on u.num = m.sender
      where a.arrival > ? order by a.arrival limit ?`, after, limit)
  const expired: Expired = { messages: [], after, done: false }
  for (const { arrival, key, at, kind: place, conversation, sender, stands, holds } of rows) {
    if (key !== null && at >= before) return { ...expired, done: true }
    expired.after = arrival
    const fits = key !== null && stands === 1 && (kind === undefined || place === kind) && (!files || holds === 1)
    if (fits) expired.messages.push({ conversation, seq: seqOf(key), sender })
  }
  return { ...expired, done: rows.length < limit }
}
