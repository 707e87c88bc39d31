import type { ConversationSummary, Member, UserSummary } from '#parley/shared/model.ts'
import type { FirstPaintRequest } from '#parley/server/chat/first-paint-port.ts'
import type { HistoryResult, Store } from '#parley/server/chat/ports.ts'
import { listedMembers, namedUsers } from '#parley/server/storage/first-paint-view.ts'
import { firstMembers, summaryOfRow, summaryRows, type SummaryRow } from '#parley/server/storage/sqlite/conversations.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { readHistory, type Reading } from '#parley/server/storage/sqlite/history.ts'
import { cidText, seqSpan } from '#parley/server/storage/sqlite/keys.ts'
import { readOwnHead } from '#parley/server/storage/sqlite/log.ts'
import { memberColumns, memberOfRow, type MemberRow } from '#parley/server/storage/sqlite/member-rows.ts'
import { readPins } from '#parley/server/storage/sqlite/pins.ts'
import { readUsers } from '#parley/server/storage/sqlite/people.ts'
import { UserIds } from '#parley/server/storage/sqlite/user-ids.ts'

/** The page as JSON; null where no conversation was asked for, undefined where it is none of this user's. */
function readPage(reading: Reading, { user, conversation, around, messages }: FirstPaintRequest): string | null | undefined {
  if (conversation === undefined) return null
  const place = readOwnHead(reading.database, conversation, user)
  return place && readHistory(reading, { ...place, tip: place.tip && cidText(place.tip) }, { conversation, limit: messages, ...(around === undefined ? {} : { around }) })
}

/** The opened one first, then as the list is sorted: what is hidden last, what is pinned before what was active lately. */
const top = `
  ${summaryRows} order by c.id = ? desc, m.hidden > c.head, m.pinned desc, max(c.created_at, coalesce(
      (select at from messages where key between c.num * ${seqSpan} + 1 and c.num * ${seqSpan} + c.head order by key desc limit 1), 0)) desc limit ?`

const pairs = `${memberColumns} where m.conversation in (select value from json_each(?)) order by m.conversation, m.place`

/** The members of conversations that have no more of them than the list wants, in one statement: most of a list are conversations of two. */
function readPairs(database: SqliteDatabase, rows: readonly SummaryRow[]): Map<number, Member[]> {
  const small = rows.filter(row => row.member_count <= listedMembers).map(({ num }) => num)
  const found = new Map<number, Member[]>(small.map(num => [num, []]))
  for (const row of database.all<MemberRow>(pairs, JSON.stringify(small))) found.get(row.conversation)?.push(memberOfRow(row))
  return found
}

/** As the list gives them, in half of its statements: of conversations that only a line is shown of, no member is read who is not shown. */
function readTop(reading: Reading, { user, conversation, conversations }: FirstPaintRequest): ConversationSummary[] {
  const { database } = reading
  const rows = database.all<SummaryRow>(top, user, conversation ?? '', conversations)
  const small = readPairs(database, rows)
  return rows.map((row) => {
    const pins = readPins(reading, user, row.num).get(row.num)
    return row.id === conversation ? summaryOfRow(reading, row, pins) : summaryOfRow(reading, row, pins, small.get(row.num) ?? firstMembers(database, row.num, listedMembers))
  })
}

function readView(reading: Reading, request: FirstPaintRequest): string | undefined {
  const page = readPage(reading, request)
  if (page === undefined) return undefined
  const conversations = readTop(reading, request)
  const names = namedUsers(conversations, page === null ? undefined : JSON.parse(page) as HistoryResult)
  const users: UserSummary[] = names.length === 0 ? [] : readUsers(reading.database, names)
  return `{"conversations":${JSON.stringify(conversations)},"users":${JSON.stringify(users)}${page === null ? '' : `,"page":${page}`}}`
}

export function createSqliteFirstPaint(database: SqliteDatabase): Pick<Store, 'firstPaint'> {
  const reading = { database, users: new UserIds(database) }
  return { firstPaint: async request => database.snapshot(() => readView(reading, request)) }
}
