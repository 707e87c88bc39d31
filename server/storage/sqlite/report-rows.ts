import type { OwnReport, Report, ReportReason, ReportState } from '#parley/shared/administration.ts'
import type { Content, ConversationKind } from '#parley/shared/model.ts'
import type { NewReport } from '#parley/server/chat/moderation-port.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { keyOf, seqOf, seqSpan } from '#parley/server/storage/sqlite/keys.ts'
import { createUserNames } from '#parley/server/storage/sqlite/user-rows.ts'

type ReportRow = {
  num: number
  id: string
  conversation: string
  kind: ConversationKind
  title: string
  message: number
  author: number
  message_at: number
  copy: string | null
  reporter: number
  reason: ReportReason
  note: string | null
  at: number
  state: ReportState
  closed_at: number | null
  closed_by: number | null
  standing: number
}

const columns = `
  select r.num, r.id, c.id as conversation, c.kind, c.title, r.message, r.author, r.message_at, r.copy, r.reporter, r.reason, r.note, r.at, r.state,
      r.closed_at, r.closed_by, exists (select 1 from messages m where m.key = r.message and m.deleted_at is null) as standing
    from reports r join conversations c on c.num = r.conversation`

function reportOf(database: SqliteDatabase, row: ReportRow, nameOf = createUserNames(database)): Report {
  const { id, conversation, kind, title, message, author, message_at, copy, reporter, reason, note, at, state, closed_at, closed_by, standing } = row
  return {
    id, conversation, kind, title, seq: seqOf(message), reporter: nameOf(reporter), author: nameOf(author), reason, at, messageAt: message_at,
    deleted: standing === 0, state,
    ...(note === null ? {} : { note }),
    ...(copy === null ? {} : { copy: JSON.parse(copy) as Content }),
    ...(closed_at === null ? {} : { closedAt: closed_at }),
    ...(closed_by === null ? {} : { closedBy: nameOf(closed_by) }),
  }
}

export function readReport(database: SqliteDatabase, id: string): Report | undefined {
  const row = database.get<ReportRow>(`${columns} where r.id = ?`, id)
  return row && reportOf(database, row)
}

export function readReports(database: SqliteDatabase, state: ReportState | undefined, before: number | undefined, limit: number): { reports: Report[], next?: number, open: number } {
  const nameOf = createUserNames(database)
  const rows = database.all<ReportRow>(`
    ${columns} where (? is null or r.state = ?) and r.num < ? order by r.num desc limit ?`,
  state ?? null, state ?? null, before ?? Number.MAX_SAFE_INTEGER, limit + 1)
  const open = database.get<{ count: number }>('select count(*) as count from reports where state = \'open\'')?.count ?? 0
  const next = rows.length > limit ? rows[limit - 1]?.num : undefined
  return { reports: rows.slice(0, limit).map(row => reportOf(database, row, nameOf)), ...(next === undefined ? {} : { next }), open }
}

type MessageRow = { key: number, sender: number, at: number, body: string, reporter: number, conversation: number }

/** A member reports a message that stands; inside a transaction. */
export function addReport(database: SqliteDatabase, { id, conversation, seq, reporter, reason, note, at }: NewReport): 'added' | 'known' | 'not_found' {
  if (seq >= seqSpan) return 'not_found'
  const place = database.get<{ num: number, user: number }>(`
    select c.num, u.num as user from conversations c join users u on u.id = ? join members m on m.conversation = c.num and m.user = u.num where c.id = ?`, reporter, conversation)
  const message = place && database.get<MessageRow>(
    'select key, sender, at, coalesce(edited_body, body) as body from messages where key = ? and deleted_at is null', keyOf(place.num, seq))
  if (!message) return 'not_found'
  const { content } = JSON.parse(message.body) as { content?: Content }
  const { changes } = database.run(`
    insert into reports (id, conversation, message, author, message_at, copy, reporter, reason, note, at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
  id, place.num, message.key, message.sender, message.at, content === undefined ? null : JSON.stringify(content), place.user, reason, note ?? null, at)
  return changes > 0 ? 'added' : 'known'
}

export function readOwnReport(database: SqliteDatabase, conversation: string, seq: number, reporter: string): OwnReport | undefined {
  const num = database.get<{ num: number }>('select num from conversations where id = ?', conversation)?.num
  if (num === undefined || seq >= seqSpan) return undefined
  const row = database.get<{ at: number, state: ReportState }>(`
    select at, state from reports where message = ? and reporter = (select num from users where id = ?) order by num desc limit 1`, keyOf(num, seq), reporter)
  return row && { seq, at: row.at, reviewed: row.state !== 'open' }
}

/** Closes every open report about the message that this one is about. @returns how many */
export function closeReport(database: SqliteDatabase, id: string, state: ReportState, by: string, at: number): number {
  return database.run(`
    update reports set state = ?, closed_at = ?, closed_by = (select num from users where id = ?)
      where state = 'open' and message = (select message from reports where id = ? and state = 'open')`, state, at, by, id).changes
}

export const eraseReports = (database: SqliteDatabase, before: number): number =>
  database.run('update reports set copy = null, note = null where copy is not null and closed_at is not null and closed_at < ?', before).changes
