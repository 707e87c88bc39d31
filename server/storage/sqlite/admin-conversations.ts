import { messageCountLimit, type AdminConversation } from '#parley/shared/administration.ts'
import { foldText } from '#parley/shared/fold.ts'
import type { ConversationKind } from '#parley/shared/model.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { keyOf } from '#parley/server/storage/sqlite/keys.ts'

type Row = { num: number, id: string, kind: ConversationKind, title: string, created_at: number, head: number, member_count: number, closed: number, public: number, owned: number }

/** Whether somebody who can log in owns it is asked here: an owner whose account is disabled helps nobody. */
const columns = `
  select c.num, c.id, c.kind, c.title, c.created_at, c.head, c.member_count, c.closed, c.public, exists (
      select 1 from members m join users u on u.num = m.user where m.conversation = c.num and m.role = 'owner' and u.disabled = 0) as owned
    from conversations c where c.deleted_at is null`

/** Never a text, and of a direct conversation no names either: what is between two people is none of an admin's business. */
function conversationOf(database: SqliteDatabase, row: Row): AdminConversation {
  const range = [keyOf(row.num, 0), keyOf(row.num + 1, 0) - 1] as const
  const messages = database.get<{ count: number }>('select count(*) as count from (select 1 from messages where key between ? and ? limit ?)', ...range, messageCountLimit + 1)
  const files = database.get<{ bytes: number | null }>(`
    select sum(size) as bytes from attachments where num in (select attachment from attachment_uses where message between ? and ?)`, ...range)
  const last = keyOf(row.num, row.head)
  const active = database.get<{ at: number }>('select at from messages where key = ? union all select at from changes where key = ?', last, last)
  return {
    id: row.id,
    kind: row.kind,
    title: row.title,
    members: row.member_count,
    entries: row.head,
    messages: messages?.count ?? 0,
    fileBytes: files?.bytes ?? 0,
    createdAt: row.created_at,
    ...(active ? { activeAt: active.at } : {}),
    ...(row.closed ? { closed: true } : {}),
    ...(row.public ? { public: true } : {}),
    ...(row.kind !== 'direct' && !row.closed && !row.owned ? { orphan: true } : {}),
  }
}

/** Titles are looked through, this many at a time: they are folded by us, and only admins search them. */
const chunk = 500

export function findConversations(database: SqliteDatabase, { text = '', kind, after, limit }: { text?: string, kind?: ConversationKind, after?: string, limit: number }): AdminConversation[] {
  const part = foldText(text.trim())
  const found: AdminConversation[] = []
  let below = after === undefined ? Number.MAX_SAFE_INTEGER : database.get<{ num: number }>('select num from conversations where id = ?', after)?.num ?? 0
  while (found.length < limit) {
    const rows = database.all<Row>(`${columns} and c.num < ? and (? is null or c.kind = ?) order by c.num desc limit ?`, below, kind ?? null, kind ?? null, chunk)
    const fitting = part === '' ? rows : rows.filter(row => row.kind !== 'direct' && foldText(row.title).includes(part))
    found.push(...fitting.slice(0, limit - found.length).map(row => conversationOf(database, row)))
    const last = rows.at(-1)
    if (!last || rows.length < chunk) break
    below = last.num
  }
  return found
}

export function readConversation(database: SqliteDatabase, id: string): AdminConversation | undefined {
  const row = database.get<Row>(`${columns} and c.id = ?`, id)
  return row && conversationOf(database, row)
}

export const largestConversations = (database: SqliteDatabase, limit: number): AdminConversation[] =>
  database.all<Row>(`${columns} order by c.head desc limit ?`, limit).map(row => conversationOf(database, row))
