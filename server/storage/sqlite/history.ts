import type { MemberEvent, Message, MetaEvent, Reaction } from '#parley/shared/model.ts'
import type { HistoryRequest, HistoryResult } from '#parley/server/chat/ports.ts'
import { emptyPageRange, maxNotices, planHistory } from '#parley/server/storage/paging.ts'
import type { SqlBlob, SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { eventOfRow, type EventRow } from '#parley/server/storage/sqlite/events.ts'
import { cidText, keyOf, seqOf } from '#parley/server/storage/sqlite/keys.ts'

/** Messages as they stand now (Y3). */

type MessageRow = {
  key: number
  sender: string
  cid: SqlBlob
  at: number
  body: string
  edited_body: string | null
  edited_at: number | null
  deleted_at: number | null
  deleted_by: string | null
}

const messageColumns = `
  select m.key, u.id as sender, m.cid, m.at, m.body, m.edited_body, m.edited_at, m.deleted_at, d.id as deleted_by
    from messages m join users u on u.num = m.sender left join users d on d.num = m.deleted_by`
const upwards = `${messageColumns} where m.key between ? and ? order by m.key desc limit ?`
const downwards = `${messageColumns} where m.key between ? and ? order by m.key limit ?`

type ReactionRow = { message: number, emoji: string, user: string }

/** Reactions of the messages between two keys, in the order in which each emoji came. */
function readReactions(database: SqliteDatabase, from: number, to: number): Map<number, Reaction[]> {
  const found = new Map<number, Reaction[]>()
  const rows = database.all<ReactionRow>(`
    select r.message, r.emoji, u.id as user from reactions r join users u on u.num = r.user
      where r.message between ? and ? order by r.message, r.since, r.key`, from, to)
  for (const { message, emoji, user } of rows) {
    const reactions = found.get(message) ?? []
    const last = reactions.at(-1)
    if (last?.emoji === emoji) last.users.push(user)
    else reactions.push({ emoji, users: [user] })
    found.set(message, reactions)
  }
  return found
}

function messageOfRow(row: MessageRow, reactions: Reaction[] = []): Message {
  const body = JSON.parse(row.body) as Pick<Message, 'content' | 'mentions' | 'replyTo'>
  const { content, mentions } = row.edited_body === null ? body : JSON.parse(row.edited_body) as Pick<Message, 'content' | 'mentions'>
  return {
    seq: seqOf(row.key),
    cid: cidText(row.cid),
    sender: row.sender,
    at: row.at,
    ...(content === undefined ? {} : { content }),
    ...(body.replyTo === undefined ? {} : { replyTo: body.replyTo }),
    ...(mentions === undefined ? {} : { mentions }),
    ...(row.edited_at === null ? {} : { editedAt: row.edited_at }),
    ...(row.deleted_at === null ? {} : { deletedAt: row.deleted_at }),
    ...(row.deleted_by === null ? {} : { deletedBy: row.deleted_by }),
    reactions,
  }
}

function toMessages(database: SqliteDatabase, rows: MessageRow[]): Message[] {
  const first = rows[0]
  const last = rows.at(-1)
  if (!first || !last) return []
  const reactions = readReactions(database, first.key, last.key)
  return rows.map(row => messageOfRow(row, reactions.get(row.key)))
}

/** The last `limit` messages between two keys, ascending. */
export const messagesBefore = (database: SqliteDatabase, from: number, to: number, limit: number): Message[] =>
  toMessages(database, database.all<MessageRow>(upwards, from, to, limit).reverse())

const messagesAfter = (database: SqliteDatabase, from: number, to: number, limit: number): Message[] =>
  toMessages(database, database.all<MessageRow>(downwards, from, to, limit))

/** Cursors come from outside; no key may leave the conversation it belongs to. */
const clamp = (seq: number, head: number): number => Math.max(0, Math.min(seq, head + 1))

function selectMessages(database: SqliteDatabase, conversation: number, head: number, request: HistoryRequest): Message[] {
  const plan = planHistory(request)
  const key = (seq: number) => keyOf(conversation, clamp(seq, head))
  const [low, high] = [key(1), key(head)]
  switch (plan.kind) {
    case 'newest': return messagesBefore(database, low, high, plan.limit)
    case 'before': return messagesBefore(database, low, key(plan.before - 1), plan.limit)
    case 'after': return messagesAfter(database, key(plan.after + 1), high, plan.limit)
    case 'around': return [
      ...messagesBefore(database, low, key(plan.around), plan.limit),
      ...messagesAfter(database, key(plan.around + 1), high, plan.limitAfter),
    ]
  }
}

function readNotices(database: SqliteDatabase, from: number, to: number): (MemberEvent | MetaEvent)[] {
  const rows = database.all<EventRow>(`
    select c.key, c.kind, u.id as sender, c.cid, c.at, c.target, c.body, 0 as deleted from changes c join users u on u.num = c.sender
      where c.kind in (4, 5) and c.key between ? and ? order by c.key desc limit ?`, from, to, maxNotices)
  return rows.reverse().map(row => eventOfRow(row) as MemberEvent | MetaEvent)
}

type Neighbour = { key: number | null }

/** One page of history and what stands between its messages; inside a snapshot. */
export function readHistory(database: SqliteDatabase, conversation: number, head: number, tip: string | null, request: HistoryRequest): HistoryResult {
  const messages = selectMessages(database, conversation, head, request)
  const first = messages[0]?.seq ?? head + 1
  const last = messages.at(-1)?.seq ?? head
  const [low, high] = [keyOf(conversation, 1), keyOf(conversation, head)]
  const above = database.get<Neighbour>('select max(key) as key from messages where key between ? and ?', low, keyOf(conversation, first) - 1)?.key ?? undefined
  const below = database.get<Neighbour>('select min(key) as key from messages where key between ? and ?', keyOf(conversation, last) + 1, high)?.key ?? undefined
  const empty = emptyPageRange(request, head)
  const notices = messages.length === 0
    ? readNotices(database, keyOf(conversation, clamp(empty.from, head)), keyOf(conversation, clamp(empty.to, head)))
    : readNotices(database, above === undefined ? low : keyOf(conversation, first), below === undefined ? high : below - 1)
  return {
    messages,
    notices,
    head,
    tip,
    ...(messages.length > 0 && above !== undefined ? { before: first } : {}),
    ...(messages.length > 0 && below !== undefined ? { after: last } : {}),
  }
}
