import { timedEvents } from '#parley/server/chat/reading-port.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'

/** When members reached their positions (§8): one row per advance, near the head of the log. */

const kinds = { delivered: 1, read: 2 } as const
export type ReceiptKind = keyof typeof kinds

/** Advances of one member between two looks at what is too old: a power of two. */
const pruneEvery = 64

interface Before { conversation: number, user: number, read_seq: number, delivered_seq: number, head: number }

function keep(database: SqliteDatabase, kind: ReceiptKind, { conversation, user, head }: Before, before: number, now: number, at: number): void {
  if (now <= before) return
  database.run('insert or ignore into receipt_times (conversation, kind, seq, user, at) values (?, ?, ?, ?, ?)', conversation, kinds[kind], now, user, at)
  if (Math.floor(now / pruneEvery) === Math.floor(before / pruneEvery)) return
  database.run('delete from receipt_times where conversation = ? and kind = ? and seq < ?', conversation, kinds[kind], head - timedEvents)
}

/** Keeps when a member's positions moved; inside a transaction. */
export function keepTimes(database: SqliteDatabase, before: Before, now: { readSeq: number, deliveredSeq: number }, at: number): void {
  keep(database, 'delivered', before, before.delivered_seq, now.deliveredSeq, at)
  keep(database, 'read', before, before.read_seq, now.readSeq, at)
}

type TimeRow = [seq: number, user: number, at: number]

/** Rows read in one go, and goes: who came to a message long after it is found by few of them, and a search without end by none. */
const chunk = 1_000
const mostChunks = 30

/** When each of these users first reached a seq; who is absent did not, or too long ago to know. */
export function readTimes(database: SqliteDatabase, conversation: number, kind: ReceiptKind, seq: number, users: ReadonlySet<number>): Map<number, number> {
  const found = new Map<number, number>()
  let [from, after] = [seq, -1]
  for (let chunks = 0; chunks < mostChunks && found.size < users.size; chunks++) {
    const rows = database.rows<TimeRow>(`
      select seq, user, at from receipt_times where conversation = ? and kind = ? and (seq, user) > (?, ?) order by seq, user limit ?`,
    conversation, kinds[kind], from, after, chunk)
    for (const [, user, at] of rows) if (users.has(user) && !found.has(user)) found.set(user, at)
    const last = rows.at(-1)
    if (last === undefined || rows.length < chunk) break
    ;[from, after] = last
  }
  return found
}
