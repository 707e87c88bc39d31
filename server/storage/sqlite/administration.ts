import type { AuditAct, AuditLine } from '#parley/shared/administration.ts'
import type { JsonValue, UserSummary } from '#parley/shared/model.ts'
import type { AdministrationStore, AuditQuery } from '#parley/server/chat/administration-port.ts'
import { findConversations, largestConversations, readConversation } from '#parley/server/storage/sqlite/admin-conversations.ts'
import { writeAudit } from '#parley/server/storage/sqlite/audit-rows.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { deleteConversation, isUnpurged, purgeDeleted } from '#parley/server/storage/sqlite/deletion.ts'
import { readExpired } from '#parley/server/storage/sqlite/expiry.ts'
import { userOfRow, type UserRow } from '#parley/server/storage/sqlite/member-rows.ts'
import { readSizes } from '#parley/server/storage/sqlite/sizes.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

type AuditRow = { num: number, at: number, actor: string | null, act: AuditAct, target: string | null, name: string | null, detail: string | null, address: string }

function readLines(database: SqliteDatabase, { act, actor, target, since, until, before, limit }: AuditQuery): AuditLine[] {
  const rows = database.all<AuditRow>(`
    select num, at, actor, act, target, name, detail, address from audit_log
      where num < ? and (? is null or act = ?) and (? is null or actor = ?) and (? is null or target = ?) and at >= ? and at < ? order by num desc limit ?`,
  before ?? Number.MAX_SAFE_INTEGER, act ?? null, act ?? null, actor ?? null, actor ?? null, target ?? null, target ?? null,
  since ?? 0, until ?? Number.MAX_SAFE_INTEGER, limit)
  const names = new Map<string, UserSummary>()
  const nameOf = (id: string): UserSummary => {
    const row = names.has(id) ? undefined : database.get<UserRow>('select * from users where id = ?', id)
    const user = names.get(id) ?? (row ? userOfRow(row) : { id, username: '', displayName: '' })
    names.set(id, user)
    return user
  }
  return rows.map(row => ({
    num: row.num, at: row.at, act: row.act, address: row.address,
    ...(row.actor === null ? {} : { actor: nameOf(row.actor) }),
    ...(row.target === null ? {} : { target: row.target }),
    ...(row.name === null ? {} : { name: row.name }),
    ...(row.detail === null ? {} : { detail: JSON.parse(row.detail) as JsonValue }),
  }))
}

export function createSqliteAdministration(database: SqliteDatabase, writes: WriteQueue, erased: () => void): AdministrationStore {
  return {
    async settings() {
      const rows = database.read(() => database.all<{ name: string, value: string }>('select name, value from server_settings'))
      return Object.fromEntries(rows.map(({ name, value }) => [name, JSON.parse(value) as JsonValue]))
    },
    saveSetting: (name, value, audit) => writes.run(() => {
      if (value === undefined) database.run('delete from server_settings where name = ?', name)
      else database.run('insert or replace into server_settings (name, value) values (?, ?)', name, JSON.stringify(value))
      writeAudit(database, audit)
    }),
    recordAudit: entry => writes.run(() => writeAudit(database, entry)),
    auditLines: async query => database.snapshot(() => readLines(database, query)),
    conversationsForAdmin: async query => database.snapshot(() => findConversations(database, query)),
    conversationForAdmin: async id => database.snapshot(() => readConversation(database, id)),
    largestConversations: async limit => database.snapshot(() => largestConversations(database, limit)),
    deleteConversation: (id, at, audit) => writes.run(() => {
      const deleted = deleteConversation(database, id, at)
      if (deleted) writeAudit(database, audit)
      return deleted
    }),
    async purgeDeleted(limit) {
      if (!database.read(() => isUnpurged(database))) return false
      const more = await writes.run(() => purgeDeleted(database, limit))
      erased()
      return more
    },
    expiredMessages: async query => database.snapshot(() => readExpired(database, query)),
    storedSizes: async () => database.snapshot(() => readSizes(database)),
    unknownFiles: async ids => database.read(() => database.all<{ id: string }>(`
      select value as id from json_each(?) where value not in (select id from attachments) and value not in (select id from erasable_files)
        and value not in (select file from avatars)`, JSON.stringify(ids)).map(({ id }) => id)),
  }
}
