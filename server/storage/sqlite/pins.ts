import type { Pin, PinChange } from '#parley/shared/model.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import type { Entry } from '#parley/server/storage/sqlite/entry.ts'
import type { Reading, UserNames } from '#parley/server/storage/sqlite/history.ts'
import { keyOf, seqOf } from '#parley/server/storage/sqlite/keys.ts'

/** Pinned messages (O7). What writes runs inside a transaction, on a change that access.ts has let through. */

/** Pinned messages of a conversation, without one. */
export const countPins = (database: SqliteDatabase, conversation: number, except: number): number =>
  database.get<{ count: number }>('select count(*) as count from pins where conversation = ? and message <> ?', conversation, keyOf(conversation, except))?.count ?? 0

export function unpin(database: SqliteDatabase, { place }: Entry, seq: number): void {
  database.run('delete from pins where conversation = ? and message = ?', place.num, keyOf(place.num, seq))
}

/** Who pins a pinned message again makes it the newest. */
export function applyPin(database: SqliteDatabase, entry: Entry, { seq, on }: PinChange): void {
  if (!on) return unpin(database, entry, seq)
  const { place, sender, at } = entry
  database.run('insert or replace into pins (conversation, message, user, at, place) values (?, ?, ?, ?, ?)',
    place.num, keyOf(place.num, seq), sender.num, at, entry.seq)
}

type PinRow = { conversation: number, message: number, user: number, at: number, place: number, edited_at: number | null }

const columns = 'p.conversation, p.message, p.user, p.at, p.place, x.edited_at'
const ofUser = `
  select ${columns} from members m join pins p on p.conversation = m.conversation join messages x on x.key = p.message
    where m.user = (select num from users where id = ?)`
const ofConversation = `select ${columns} from pins p join messages x on x.key = p.message where p.conversation = ?`

const ofConversations = `select ${columns} from pins p join messages x on x.key = p.message where p.conversation in (select value from json_each(?))`

function pinsByConversation(users: UserNames, rows: PinRow[]): Map<number, Pin[]> {
  const found = new Map<number, Pin[]>()
  for (const row of rows.sort((left, right) => left.place - right.place)) {
    const pins = found.get(row.conversation) ?? []
    pins.push({ seq: seqOf(row.message), by: users.id(row.user), at: row.at, ...(row.edited_at === null ? {} : { editedAt: row.edited_at }) })
    found.set(row.conversation, pins)
  }
  return found
}

/** Pins by conversation, in the order in which they were made: of all conversations of a user in one statement, or of one. */
export const readPins = ({ database, users }: Reading, user: string, only?: number): Map<number, Pin[]> =>
  pinsByConversation(users, only === undefined ? database.all<PinRow>(ofUser, user) : database.all<PinRow>(ofConversation, only))

/** The same of some conversations. */
export const readPinsOf = ({ database, users }: Reading, conversations: readonly number[]): Map<number, Pin[]> =>
  pinsByConversation(users, database.all<PinRow>(ofConversations, JSON.stringify(conversations)))
