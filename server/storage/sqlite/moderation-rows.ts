import type { Entry } from '#parley/server/storage/sqlite/entry.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'

/** Writes the ban that goes with a `leave`; inside its transaction. */
export function saveBan(database: SqliteDatabase, { place, sender, at }: Entry, user: string, reason: string | undefined): void {
  database.run(`
    insert or replace into bans (conversation, user, banned_by, at, reason) select ?, num, ?, ?, ? from users where id = ?`,
  place.num, sender.num, at, reason ?? null, user)
}
