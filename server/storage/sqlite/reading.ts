import type { MemberReceipt, PinnedMessage, ReceiptsResponse } from '#parley/shared/http.ts'
import { limits } from '#parley/shared/protocol/index.ts'
import type { ReadingStore, ReceiptsRequest } from '#parley/server/chat/reading-port.ts'
import { firstFrom } from '#parley/server/storage/paging.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { readMessage, type Reading } from '#parley/server/storage/sqlite/history.ts'
import { keyOf, seqOf, seqSpan } from '#parley/server/storage/sqlite/keys.ts'
import { shownReadSeq, userColumns, userOfRow, type UserRow } from '#parley/server/storage/sqlite/member-rows.ts'
import { readPins } from '#parley/server/storage/sqlite/pins.ts'
import { readTimes } from '#parley/server/storage/sqlite/receipt-times.ts'
import { UserIds } from '#parley/server/storage/sqlite/user-ids.ts'

type Place = { num: number, head: number, member_count: number }

const readPlace = (database: SqliteDatabase, conversation: string, reader: string): Place | undefined => database.get<Place>(`
  select c.num, c.head, c.member_count from conversations c join members m on m.conversation = c.num
    where c.id = ? and m.user = (select num from users where id = ?)`, conversation, reader)

function pinnedMessages(reading: Reading, { num }: Place, reader: string): PinnedMessage[] {
  const pins = readPins(reading, reader, num).get(num) ?? []
  return pins.map(pin => ({ ...pin, message: readMessage(reading, num, pin.seq)! }))
}

type MessageRow = { sender: number, at: number }
type Counts = { members: number, delivered: number, read: number }
type PersonRow = UserRow & { num: number, place: number, read_seq: number, delivered_seq: number }

/** Who was there when the message was sent, without its author. */
const audience = 'm.conversation = ? and m.user <> ? and m.joined_seq < ?'

function readPeople(database: SqliteDatabase, { num }: Place, sender: number, { seq, after, limit }: ReceiptsRequest): { people: MemberReceipt[], next?: string } {
  const rows = database.all<PersonRow>(`
    select ${userColumns}, u.num, m.place, ${shownReadSeq} as read_seq, m.delivered_seq
      from members m indexed by members_by_place join users u on u.num = m.user where ${audience} and m.place > ? order by m.place limit ?`,
  num, sender, seq, after === undefined ? -1 : Number(after), limit)
  const reached = (position: (row: PersonRow) => number) => new Set(rows.filter(row => position(row) >= seq).map(row => row.num))
  const readAt = readTimes(database, num, 'read', seq, reached(row => row.read_seq))
  const deliveredAt = readTimes(database, num, 'delivered', seq, reached(row => Math.max(row.delivered_seq, row.read_seq)))
  const people = rows.map((row): MemberReceipt => {
    const read = readAt.get(row.num)
    const arrived = deliveredAt.get(row.num)
    // Who reads on a device that has not said so yet has it all the same, since then.
    const delivered = arrived === undefined || read === undefined ? arrived ?? read : Math.min(arrived, read)
    return {
      user: userOfRow(row),
      state: row.read_seq >= seq ? 'read' : row.delivered_seq >= seq ? 'delivered' : 'none',
      ...(delivered === undefined ? {} : { deliveredAt: delivered }),
      ...(read === undefined ? {} : { readAt: read }),
    }
  })
  const last = rows.length === limit ? rows.at(-1) : undefined
  return { people, ...(last ? { next: String(last.place) } : {}) }
}

function readReceipts(database: SqliteDatabase, place: Place, request: ReceiptsRequest): ReceiptsResponse | undefined {
  const { seq } = request
  const message = seq >= seqSpan ? undefined : database.get<MessageRow>('select sender, at from messages where key = ?', keyOf(place.num, seq))
  if (!message) return undefined
  const counts = database.get<Counts>(`
    select count(*) as members, coalesce(sum(m.delivered_seq >= ? or ${shownReadSeq} >= ?), 0) as delivered, coalesce(sum(${shownReadSeq} >= ?), 0) as read
      from members m join users u on u.num = m.user where ${audience}`, seq, seq, seq, place.num, message.sender, seq) ?? { members: 0, delivered: 0, read: 0 }
  const people = place.member_count <= limits.receiptMembers ? readPeople(database, place, message.sender, request) : {}
  return { seq, at: message.at, ...counts, ...people }
}

type At = { key: number, at: number }

function messageAt(database: SqliteDatabase, { num, head }: Place, at: number): number {
  const last = keyOf(num, head)
  const found = firstFrom(head, at, (seq) => {
    const row = database.get<At>('select key, at from messages where key between ? and ? order by key limit 1', keyOf(num, seq), last)
    return row && { seq: seqOf(row.key), at: row.at }
  })
  return found ?? seqOf(database.get<{ key: number }>('select key from messages where key between ? and ? order by key desc limit 1', keyOf(num, 1), last)?.key ?? 0)
}

export function createSqliteReading(database: SqliteDatabase): ReadingStore {
  const reading = { database, users: new UserIds(database) }
  /** What a member asks of a conversation, in one snapshot. */
  const forMember = <T>(conversation: string, reader: string, read: (place: Place) => T): T | undefined => database.snapshot(() => {
    const place = readPlace(database, conversation, reader)
    return place && read(place)
  })
  return {
    pinnedMessages: async (conversation, reader) => forMember(conversation, reader, place => pinnedMessages(reading, place, reader)),
    receiptsOf: async request => forMember(request.conversation, request.reader, place => readReceipts(database, place, request)),
    messageAt: async (conversation, reader, at) => forMember(conversation, reader, place => messageAt(database, place, at)),
  }
}
