import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import type { Entry } from '#parley/server/storage/sqlite/entry.ts'
import { changeKinds } from '#parley/server/storage/sqlite/events.ts'
import { keyOf } from '#parley/server/storage/sqlite/keys.ts'

/** Writes an event that is not a message. @param target seq of the message it aims at */
export function saveChange(database: SqliteDatabase, entry: Entry, kind: keyof typeof changeKinds, target?: number, body?: object): void {
  database.run(
    'insert into changes (key, kind, sender, cid, at, target, body) values (?, ?, ?, ?, ?, ?, ?)',
    entry.key, changeKinds[kind], entry.sender.num, entry.cidBytes, entry.at,
    target === undefined ? null : keyOf(entry.place.num, target),
    body === undefined ? null : JSON.stringify(body),
  )
}
