import type { ConversationSummary, UserSummary } from '#parley/shared/model.ts'
import type { FirstPaintRequest } from '#parley/server/chat/first-paint-port.ts'
import type { HistoryResult, Store } from '#parley/server/chat/ports.ts'
import { listed, namedUsers } from '#parley/server/storage/first-paint-view.ts'
import { readSummaries } from '#parley/server/storage/sqlite/conversations.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { readHistory, type Reading } from '#parley/server/storage/sqlite/history.ts'
import { cidText, seqSpan } from '#parley/server/storage/sqlite/keys.ts'
import { readOwnHead } from '#parley/server/storage/sqlite/log.ts'
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
  select c.id from members m join conversations c on c.num = m.conversation where m.user = (select num from users where id = ?)
    order by c.id = ? desc, m.hidden > c.head, m.pinned desc, max(c.created_at, coalesce(
      (select at from messages where key between c.num * ${seqSpan} + 1 and c.num * ${seqSpan} + c.head order by key desc limit 1), 0)) desc limit ?`

function readTop(reading: Reading, { user, conversation, conversations }: FirstPaintRequest): ConversationSummary[] {
  const ids = reading.database.all<{ id: string }>(top, user, conversation ?? '', conversations)
  return ids.flatMap(({ id }) => readSummaries(reading, user, id)).map(summary => summary.id === conversation ? summary : listed(summary))
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
