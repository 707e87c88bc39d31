import type { HeadEntry, Heads } from '#parley/shared/protocol/index.ts'
import type { LogStore, PageRequest, PageResult } from '#parley/server/chat/ports.ts'
import { planPage } from '#parley/server/chat/page-plan.ts'
import { fitBytes } from '#parley/server/storage/paging.ts'
import { append, checkCid } from '#parley/server/storage/sqlite/append.ts'
import type { SqlBlob, SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { cidAt, eventOfRow, mostBytes, readEvents, readRows } from '#parley/server/storage/sqlite/events.ts'
import { readHistory } from '#parley/server/storage/sqlite/history.ts'
import { cidText, keyOf } from '#parley/server/storage/sqlite/keys.ts'
import { UserIds } from '#parley/server/storage/sqlite/user-ids.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

type Head = { num: number, head: number, tip: SqlBlob | null }

const readHead = (database: SqliteDatabase, conversation: string): Head | undefined =>
  database.get<Head>('select num, head, tip from conversations where id = ?', conversation)

function readPage(database: SqliteDatabase, { num, head }: Head, request: PageRequest): PageResult {
  const tip = request.after >= 1 && request.after <= head ? cidAt(database, keyOf(num, request.after)) : null
  const plan = planPage(request, head, tip)
  const rows = plan.from > plan.to ? [] : readRows(database, keyOf(num, plan.from), keyOf(num, plan.to), plan.to - plan.from + 1)
  const found = rows.map(eventOfRow)
  const events = mostBytes(rows) <= request.maxBytes ? found : fitBytes(found, request.maxBytes, plan.reset)
  if (plan.reset) return { events, head, more: false, reset: true }
  return { events, head, more: (events.at(-1)?.seq ?? request.after) < head }
}

/** As readHead; undefined also where the reader is no member. */
export const readOwnHead = (database: SqliteDatabase, conversation: string, reader: string): Head | undefined =>
  database.get<Head>(`
    select c.num, c.head, c.tip from conversations c join members m on m.conversation = c.num
      where c.id = ? and m.user = (select num from users where id = ?)`, conversation, reader)

type HeadRow = { id: string, head: number, read_seq: number, tip: SqlBlob | null }

function readHeads(database: SqliteDatabase, user: string): Heads {
  const rows = database.all<HeadRow>(`
    select c.id, c.head, m.read_seq, c.tip from members m join conversations c on c.num = m.conversation
      where m.user = (select num from users where id = ?)`, user)
  return Object.fromEntries(rows.map(({ id, head, read_seq, tip }): [string, HeadEntry] => [id, [head, read_seq, tip && cidText(tip)]]))
}

/** @param appended told after each append, for work that is done behind the log */
export function createSqliteLog(database: SqliteDatabase, writes: WriteQueue, appended: (erased: boolean) => void): LogStore {
  const users = new UserIds(database)
  return {
    async append(request) {
      checkCid(request.cid)
      const result = await writes.run(() => append(database, request))
      if (result.ok && !result.duplicate) appended(request.change.kind === 'delete')
      return result
    },
    page: async request => database.snapshot(() => {
      const found = readHead(database, request.conversation)
      return found && readPage(database, found, request)
    }),
    range: async (conversation, from, to, limit) => database.snapshot(() => {
      const found = readHead(database, conversation)
      const [first, last] = [Math.max(1, from), Math.min(to, found?.head ?? 0)]
      return found && first <= last ? readEvents(database, keyOf(found.num, first), keyOf(found.num, last), limit) : []
    }),
    heads: async user => database.read(() => readHeads(database, user)),
    headsOf: async ids => database.read(() => {
      const rows = database.all<{ id: string, head: number }>('select id, head from conversations where id in (select value from json_each(?))', JSON.stringify(ids))
      return new Map(rows.map(({ id, head }) => [id, head]))
    }),
    history: async request => database.snapshot(() => {
      const { conversation, reader } = request
      const found = reader === undefined ? readHead(database, conversation) : readOwnHead(database, conversation, reader)
      return found && readHistory({ database, users }, { ...found, tip: found.tip && cidText(found.tip) }, request)
    }),
  }
}
