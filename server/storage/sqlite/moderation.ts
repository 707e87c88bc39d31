import type { Ban } from '#parley/shared/administration.ts'
import type { ModerationStore } from '#parley/server/chat/moderation-port.ts'
import { writeAudit } from '#parley/server/storage/sqlite/audit-rows.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { addReport, closeReport, eraseReports, readOwnReport, readReport, readReports } from '#parley/server/storage/sqlite/report-rows.ts'
import { createUserNames } from '#parley/server/storage/sqlite/user-rows.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

const conversationNum = '(select num from conversations where id = ?)'
const userNum = '(select num from users where id = ?)'

/** Bans shown at once; beyond that an automaton is needed, not a list. */
const mostBans = 1_000

type BanRow = { user: number, banned_by: number, at: number, reason: string | null }

function readBans(database: SqliteDatabase, conversation: string): Ban[] {
  const nameOf = createUserNames(database)
  const rows = database.all<BanRow>(`
    select user, banned_by, at, reason from bans where conversation = ${conversationNum} order by at desc, user limit ?`, conversation, mostBans)
  return rows.map(({ user, banned_by, at, reason }) => ({ user: nameOf(user), by: nameOf(banned_by), at, ...(reason === null ? {} : { reason }) }))
}

export function createSqliteModeration(database: SqliteDatabase, writes: WriteQueue): ModerationStore {
  return {
    bansOf: async conversation => database.snapshot(() => readBans(database, conversation)),
    liftBan: (conversation, user, audit) => writes.run(() => {
      const { changes } = database.run(`delete from bans where conversation = ${conversationNum} and user = ${userNum}`, conversation, user)
      if (changes > 0) writeAudit(database, audit)
      return changes > 0
    }),
    setMute: (conversation, user, mute, audit) => writes.run(() => {
      const { changes } = database.run(
        `update members set muted_until = ? where conversation = ${conversationNum} and user = ${userNum}`, mute?.until ?? 0, conversation, user)
      if (changes === 0) return false
      if (mute) {
        database.run(`
          insert or replace into mutes (conversation, user, muted_by, at, until, reason) values (${conversationNum}, ${userNum}, ${userNum}, ?, ?, ?)`,
        conversation, user, mute.by, mute.at, mute.until, mute.reason ?? null)
      }
      else {
        database.run(`delete from mutes where conversation = ${conversationNum} and user = ${userNum}`, conversation, user)
      }
      writeAudit(database, audit)
      return true
    }),
    addReport: report => writes.run(() => addReport(database, report)),
    ownReport: async (conversation, seq, reporter) => database.read(() => readOwnReport(database, conversation, seq, reporter)),
    report: async id => database.snapshot(() => readReport(database, id)),
    reports: async (state, before, limit) => database.snapshot(() => readReports(database, state, before, limit)),
    closeReport: (id, state, by, at, audit) => writes.run(() => {
      const closed = closeReport(database, id, state, by, at)
      if (closed > 0) writeAudit(database, audit)
      return closed
    }),
    erasedReports: before => writes.run(() => eraseReports(database, before)),
  }
}
