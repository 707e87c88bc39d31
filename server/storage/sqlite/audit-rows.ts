import type { AuditEntry } from '#parley/server/chat/moderation-port.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'

/** Adds a line to the audit log, inside the transaction of the act that it tells of. */
export function writeAudit(database: SqliteDatabase, { actor, act, target, name, detail, address, at }: AuditEntry): void {
  database.run(
    'insert into audit_log (at, actor, act, target, name, detail, address) values (?, ?, ?, ?, ?, ?, ?)',
    at, actor ?? null, act, target ?? null, name ?? null, detail === undefined ? null : JSON.stringify(detail), address,
  )
}
