import type { ConversationKind, ConversationSummary, Member, MemberRole, NotifyLevel, Pin } from '#parley/shared/model.ts'
import { limits } from '#parley/shared/protocol/index.ts'
import type { CreateConversation } from '#parley/server/chat/ports.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { newestMessage, type Reading } from '#parley/server/storage/sqlite/history.ts'
import { keyOf } from '#parley/server/storage/sqlite/keys.ts'
import { memberColumns, memberOfRow, type MemberRow } from '#parley/server/storage/sqlite/member-rows.ts'
import { readPins } from '#parley/server/storage/sqlite/pins.ts'

export type SummaryRow = {
  num: number
  id: string
  kind: ConversationKind
  title: string
  topic: string | null
  avatar: string | null
  closed: number
  public: number
  created_at: number
  head: number
  member_count: number
  user: number
  role: MemberRole
  read_seq: number
  notify: NotifyLevel
  pinned: number
  /** One above the head at which this member hid it; 0 = shown. So a new message brings it back without a write for each member. */
  hidden: number
  unread_from: number
  muted_until: number
  mute_reason: string | null
}

/** §8: others' messages above the read position, or from the member's mark on, that still stand, and those among them that mention them. */
export function countUnread(database: SqliteDatabase, { num, head, user, read_seq: readSeq, unread_from: mark }: Pick<SummaryRow, 'num' | 'head' | 'user' | 'read_seq' | 'unread_from'>): { unread: number, mentions: number } {
  const above = mark > 0 ? Math.min(readSeq, mark - 1) : readSeq
  if (above >= head) return { unread: 0, mentions: 0 }
  const range = [keyOf(num, above) + 1, keyOf(num, head)]
  const unread = database.get<{ count: number }>(
    'select count(*) as count from messages where key between ? and ? and sender <> ? and deleted_at is null', ...range, user)
  // The mentions are among them.
  if (unread?.count === 0) return { unread: 0, mentions: 0 }
  const mentions = database.get<{ count: number }>(`
    select count(*) as count from mentions x where x.user = ? and x.message between ? and ? and not exists (
      select 1 from blocks b join messages m on m.key = x.message where b.user = x.user and b.blocked = m.sender)`, user, ...range)
  return { unread: unread?.count ?? 0, mentions: mentions?.count ?? 0 }
}

const membersByPlace = `${memberColumns} where m.conversation = ? order by m.place limit ?`

export const firstMembers = (database: SqliteDatabase, conversation: number, most: number): Member[] =>
  database.all<MemberRow>(membersByPlace, conversation, most).map(memberOfRow)

/** What a summary has beside its row and its newest message. */
interface SummaryParts { members: Member[], unread: number, mentions: number, pins: Pin[] | undefined, newest: number }

/** A summary without its newest message, whose seq is `newest`, or 0. */
export const summaryOfRow = (row: SummaryRow, { members, unread, mentions, pins, newest }: SummaryParts): Omit<ConversationSummary, 'lastMessage'> => ({
  id: row.id,
  kind: row.kind,
  title: row.title,
  ...(row.topic ? { topic: row.topic } : {}),
  ...(row.avatar ? { avatar: row.avatar } : {}),
  ...(row.closed ? { closed: true } : {}),
  ...(row.public ? { public: true } : {}),
  members,
  memberCount: row.member_count,
  head: row.head,
  readSeq: row.read_seq,
  unread,
  mentions,
  ...(row.unread_from ? { unreadFrom: row.unread_from } : {}),
  ...(pins ? { pins } : {}),
  role: row.role,
  ...(row.muted_until ? { mutedUntil: row.muted_until, ...(row.mute_reason === null ? {} : { muteReason: row.mute_reason }) } : {}),
  notify: row.notify,
  pinned: row.pinned === 1,
  hidden: row.hidden > newest,
  createdAt: row.created_at,
})

/** Of the conversations of a user, whose id is the first parameter. */
export const summaryRows = `
  select c.num, c.id, c.kind, c.title, c.topic, c.avatar, c.closed, c.public, c.created_at, c.head, c.member_count,
      m.user, m.role, m.read_seq, m.notify, m.pinned, m.hidden, m.unread_from, m.muted_until,
      case when m.muted_until > 0 then (select reason from mutes t where t.conversation = m.conversation and t.user = m.user) end as mute_reason
    from members m join conversations c on c.num = m.conversation
    where m.user = (select num from users where id = ?)`

/** ConversationStore.summaries, inside a snapshot. */
export function readSummaries(reading: Reading, user: string, only?: string): ConversationSummary[] {
  const rows = reading.database.all<SummaryRow>(`${summaryRows} and (? is null or c.id = ?) order by m.conversation`, user, only ?? null, only ?? null)
  const pins = readPins(reading, user, rows.length === 1 ? rows[0]?.num : undefined)
  return rows.map((row) => {
    const lastMessage = newestMessage(reading, row.num, row.head)
    const members = firstMembers(reading.database, row.num, limits.inlineMembers)
    const summary = summaryOfRow(row, { members, ...countUnread(reading.database, row), pins: pins.get(row.num), newest: lastMessage?.seq ?? 0 })
    return lastMessage ? { ...summary, lastMessage } : summary
  })
}

export type Creation = { ok: true, id: string, created: boolean } | { ok: false, missing: string }

/** Two users in a fixed order, so that «A and B» and «B and A» are one direct conversation; one user alone: notes to self. */
function pairOf(users: readonly number[]): string {
  const [first = 0, second = first] = users
  return `${Math.min(first, second)}:${Math.max(first, second)}`
}

/** ConversationStore.createConversation, inside a transaction. */
export function createConversation(database: SqliteDatabase, { id, kind, title, members, at }: CreateConversation): Creation {
  const users: number[] = []
  for (const member of new Set(members)) {
    const user = database.get<{ num: number }>('select num from users where id = ?', member)
    if (!user) return { ok: false, missing: member }
    users.push(user.num)
  }
  const pair = kind === 'direct' ? pairOf(users) : null
  const present = pair === null ? undefined : database.get<{ id: string }>('select id from conversations where direct_pair = ?', pair)
  if (present) return { ok: true, id: present.id, created: false }
  const { lastInsertRowid: num } = database.run(`
    insert into conversations (id, kind, title, created_at, member_count, places, direct_pair) values (?, ?, ?, ?, ?, ?, ?)`,
  id, kind, title, at, users.length, users.length, pair)
  users.forEach((user, place) => {
    const role: MemberRole = kind !== 'direct' && place === 0 ? 'owner' : 'member'
    database.run('insert into members (conversation, user, role, place) values (?, ?, ?, ?)', num, user, role, place)
  })
  return { ok: true, id, created: true }
}
