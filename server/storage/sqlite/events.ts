import type { LogEvent } from '#parley/shared/model.ts'
import type { SqlBlob, SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { cidText, seqOf } from '#parley/server/storage/sqlite/keys.ts'

/** Events as rows: messages in one table, every other kind in `changes` with these numbers. They are on disk: never renumber. */
export const changeKinds = { edit: 1, delete: 2, reaction: 3, member: 4, meta: 5 } as const

const kindNames = ['message', 'edit', 'delete', 'reaction', 'member', 'meta'] as const

/** Type alias, not interface: rows of node:sqlite have an index signature. */
export type EventRow = {
  key: number
  /** 0 = message. */
  kind: number
  sender: string
  cid: SqlBlob
  at: number
  target: number | null
  /** JSON of the fields of the kind; null when it has none. */
  body: string | null
  deleted: number
}

/** Both tables in one order. SQLite merges the two ranges as it reads; nothing is sorted. */
const range = `
  select m.key as key, 0 as kind, u.id as sender, m.cid as cid, m.at as at, null as target, m.body as body, m.deleted_at is not null as deleted
    from messages m join users u on u.num = m.sender where m.key between ? and ?
  union all
  select c.key, c.kind, u.id, c.cid, c.at, c.target, c.body, 0
    from changes c join users u on u.num = c.sender where c.key between ? and ?
  order by key limit ?`

/** The event that a row holds. The fields in `body` are ours: they were written from a LogChange that had been validated. */
export function eventOfRow(row: EventRow): LogEvent {
  return {
    seq: seqOf(row.key),
    kind: kindNames[row.kind],
    cid: cidText(row.cid),
    sender: row.sender,
    at: row.at,
    ...(row.target === null ? {} : { target: seqOf(row.target) }),
    ...(row.body === null ? {} : JSON.parse(row.body)),
    ...(row.deleted ? { deleted: true } : {}),
  } as LogEvent
}

/** Rows with `from ≤ key ≤ to`, ascending: the first `limit` of them. */
export const readRows = (database: SqliteDatabase, from: number, to: number, limit: number): EventRow[] =>
  database.all<EventRow>(range, from, to, from, to, limit)

/**
 * More than the bytes that these events can have as JSON: three for each UTF-16 unit of what is JSON already, and the fields beside it.
 * Tells cheaply that a page fits, which it nearly always does.
 */
export const mostBytes = (rows: readonly EventRow[]): number => rows.reduce((sum, row) => sum + (row.body?.length ?? 0) * 3 + 512, 0)

/** Events with `from ≤ key ≤ to`, ascending: the first `limit` of them. */
export const readEvents = (database: SqliteDatabase, from: number, to: number, limit: number): LogEvent[] =>
  readRows(database, from, to, limit).map(eventOfRow)

/** @throws Error the log has no event there, which would be a hole (O1) */
export function readEvent(database: SqliteDatabase, key: number): LogEvent {
  const event = readEvents(database, key, key, 1)[0]
  if (!event) throw new Error('an op points to an event that is not there')
  return event
}

/** The cid of the event at a key (Y2). */
export function cidAt(database: SqliteDatabase, key: number): string | null {
  const row = database.get<{ cid: SqlBlob }>('select cid from messages where key = ? union all select cid from changes where key = ?', key, key)
  return row ? cidText(row.cid) : null
}
