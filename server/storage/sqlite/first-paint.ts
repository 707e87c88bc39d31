import type { Member, UserSummary } from '#parley/shared/model.ts'
import { limits } from '#parley/shared/protocol/index.ts'
import type { FirstPaintRequest, FirstPaintViewer } from '#parley/server/chat/first-paint-port.ts'
import { firstPaintText } from '#parley/server/chat/first-paint-port.ts'
import type { Store } from '#parley/server/chat/ports.ts'
import { listedMembers, namedInNotices } from '#parley/server/storage/first-paint-view.ts'
import { firstMembers, summaryOfRow, summaryRows, type SummaryRow } from '#parley/server/storage/sqlite/conversations.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { newestMessages, readHistoryParts, type Reading } from '#parley/server/storage/sqlite/history.ts'
import { cidText, seqSpan } from '#parley/server/storage/sqlite/keys.ts'
import { readOwnHead } from '#parley/server/storage/sqlite/log.ts'
import { memberColumns, memberOfRow, type MemberRow } from '#parley/server/storage/sqlite/member-rows.ts'
import { readPinsOf } from '#parley/server/storage/sqlite/pins.ts'
import { readUsers } from '#parley/server/storage/sqlite/people.ts'
import { UserIds } from '#parley/server/storage/sqlite/user-ids.ts'

/** The page; null where no conversation was asked for, undefined where it is none of this user's. */
function readPage(reading: Reading, user: string, { conversation, around, messages }: FirstPaintRequest): ReturnType<typeof readHistoryParts> | null | undefined {
  if (conversation === undefined) return null
  const place = readOwnHead(reading.database, conversation, user)
  return place && readHistoryParts(reading, { ...place, tip: place.tip && cidText(place.tip) }, { conversation, limit: messages, ...(around === undefined ? {} : { around }) })
}

/** The opened one first, then as the list is sorted: what is hidden last, what is pinned before what was active lately. */
const top = `
  ${summaryRows} order by c.id = ? desc, m.hidden > c.head, m.pinned desc, max(c.created_at, coalesce(
      (select at from messages where key between c.num * ${seqSpan} + 1 and c.num * ${seqSpan} + c.head order by key desc limit 1), 0)) desc limit ?`

/** The seq up to which a member (`m`) has read, or has said to have (§8). */
const above = '(case when m.unread_from > 0 then min(m.read_seq, m.unread_from - 1) else m.read_seq end)'

const pairs = `${memberColumns} where m.conversation in (select value from json_each(?)) order by m.conversation, m.place`

/** The members of conversations that have no more of them than the list wants, in one statement: most of a list are conversations of two. */
function readPairs(database: SqliteDatabase, rows: readonly SummaryRow[]): Map<number, Member[]> {
  const small = rows.filter(row => row.member_count <= listedMembers).map(({ num }) => num)
  const found = new Map<number, Member[]>(small.map(num => [num, []]))
  for (const row of database.all<MemberRow>(pairs, JSON.stringify(small))) found.get(row.conversation)?.push(memberOfRow(row))
  return found
}

type Counts = { num: number, unread: number, mentions: number }

/** As `countUnread`. */
const counts = `
  select m.conversation as num,
      (select count(*) from messages x where x.key between m.conversation * ${seqSpan} + ${above} + 1 and m.conversation * ${seqSpan} + c.head
        and x.sender <> m.user and x.deleted_at is null) as unread,
      (select count(*) from mentions x where x.user = m.user and x.message between m.conversation * ${seqSpan} + ${above} + 1 and m.conversation * ${seqSpan} + c.head
        and not exists (select 1 from blocks b join messages t on t.key = x.message where b.user = x.user and b.blocked = t.sender)) as mentions
    from members m join conversations c on c.num = m.conversation
    where m.user = ? and m.conversation in (select value from json_each(?))`

/** Of those who have read all there is, nothing is counted. */
function readCounts(database: SqliteDatabase, rows: readonly SummaryRow[]): Map<number, Counts> {
  const behind = rows.filter(row => row.head > (row.unread_from > 0 ? Math.min(row.read_seq, row.unread_from - 1) : row.read_seq))
  if (behind.length === 0) return new Map()
  const found = database.all<Counts>(counts, behind[0]?.user ?? 0, JSON.stringify(behind.map(({ num }) => num)))
  return new Map(found.map(row => [row.num, row]))
}

const shownMembers = (database: SqliteDatabase, row: SummaryRow, opened: string | undefined, small: Map<number, Member[]>): Member[] =>
  row.id === opened ? firstMembers(database, row.num, limits.inlineMembers) : small.get(row.num) ?? firstMembers(database, row.num, listedMembers)

/**
 * As the list gives them, in a fourth of its statements: each asks for all conversations at once, and of those that only a line is shown of
 * no member is read who is not shown. Messages stay the text that they are.
 */
function readTop(reading: Reading, user: string, { conversation, conversations }: FirstPaintRequest): { json: string, members: Set<string> } {
  const { database } = reading
  const rows = database.all<SummaryRow>(top, user, conversation ?? '', conversations)
  const nums = rows.map(({ num }) => num)
  const [small, newest, unread, pins] = [readPairs(database, rows), newestMessages(reading, nums), readCounts(database, rows), readPinsOf(reading, nums)]
  const members = new Set<string>()
  const texts = rows.map((row) => {
    const shown = shownMembers(database, row, conversation, small)
    for (const { user: { id } } of shown) members.add(id)
    const last = newest.get(row.num)
    const { unread: count = 0, mentions = 0 } = unread.get(row.num) ?? {}
    const json = JSON.stringify(summaryOfRow(row, { members: shown, unread: count, mentions: count === 0 ? 0 : mentions, pins: pins.get(row.num), newest: last?.seq ?? 0 }))
    return last === undefined ? json : `${json.slice(0, -1)},"lastMessage":${last.json}}`
  })
  return { json: `[${texts.join(',')}]`, members }
}

const ofLogin = 'select u.id from logins l join users u on u.num = l.user where l.id = ?'
const ofToken = 'select u.id from api_tokens t join users u on u.num = t.user where t.hash = ?'

function userOf(database: SqliteDatabase, viewer: FirstPaintViewer): string | undefined {
  if ('user' in viewer) return viewer.user
  return ('login' in viewer ? database.get<{ id: string }>(ofLogin, viewer.login) : database.get<{ id: string }>(ofToken, viewer.token))?.id
}

function readView(reading: Reading, request: FirstPaintRequest): string | undefined {
  const user = userOf(reading.database, request.viewer)
  if (user === undefined) return undefined
  const named = new Set<number>()
  const noting: Reading = { ...reading, users: {
    id: user => reading.users.id(user),
    json: (user) => {
      named.add(user)
      return reading.users.json(user)
    },
  } }
  const page = readPage(noting, user, request)
  if (page === undefined) return undefined
  const { json, members } = readTop(noting, user, request)
  const names = new Set([...[...named].map(user => reading.users.id(user)), ...namedInNotices(page?.notices ?? [])].filter(id => !members.has(id)))
  const users: UserSummary[] = names.size === 0 ? [] : readUsers(reading.database, [...names])
  return firstPaintText(user, `{"conversations":${json},"users":${JSON.stringify(users)}${page === null ? '' : `,"page":${page.json}`}}`)
}

export function createSqliteFirstPaint(database: SqliteDatabase): Pick<Store, 'firstPaint'> {
  const reading = { database, users: new UserIds(database) }
  return { firstPaint: async request => database.snapshot(() => readView(reading, request)) }
}
