import type { Store } from '#parley/server/chat/ports.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import { createSqliteAdminUsers } from '#parley/server/storage/sqlite/admin-users.ts'
import { createSqliteAdministration } from '#parley/server/storage/sqlite/administration.ts'
import { createSqliteAttachments } from '#parley/server/storage/sqlite/attachments.ts'
import { createSqliteClosings } from '#parley/server/storage/sqlite/closings.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import type { IndexKeeper } from '#parley/server/storage/sqlite/index-keeper.ts'
import { createSqliteFirstPaint } from '#parley/server/storage/sqlite/first-paint.ts'
import { createSqliteGuests } from '#parley/server/storage/sqlite/guests.ts'
import { createSqliteHooks } from '#parley/server/storage/sqlite/hooks.ts'
import { createSqliteInvites } from '#parley/server/storage/sqlite/invites.ts'
import { createSqliteLog } from '#parley/server/storage/sqlite/log.ts'
import { createSqliteLogins, createSqliteTokens } from '#parley/server/storage/sqlite/logins.ts'
import { createSqliteMembers } from '#parley/server/storage/sqlite/members.ts'
import { createSqliteModeration } from '#parley/server/storage/sqlite/moderation.ts'
import { createSqlitePeople } from '#parley/server/storage/sqlite/people.ts'
import { createSqliteProfiles } from '#parley/server/storage/sqlite/profiles.ts'
import { createSqlitePush } from '#parley/server/storage/sqlite/push.ts'
import { createSqliteReading } from '#parley/server/storage/sqlite/reading.ts'
import { createSqliteSearch } from '#parley/server/storage/sqlite/search.ts'
import { createSqlitePasskeys, createSqliteTotp } from '#parley/server/storage/sqlite/second-factor.ts'
import { createSqliteUsers } from '#parley/server/storage/sqlite/users.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

/** What the parts of a store work on. */
export interface PartsOptions {
  database: SqliteDatabase
  writes: WriteQueue
  keeper: IndexKeeper
}

/** All that a store does with one connection; opening and closing it are not among that. */
export type StoreParts = Omit<Store & AccountStore, 'epoch' | 'ready' | 'close'>

/** The id of this database's history (W4). */
export const readEpoch = (database: SqliteDatabase): string =>
  database.read(() => database.get<{ value: string }>('select value from meta where name = \'epoch\'')?.value ?? '')

export function createParts({ database, writes, keeper }: PartsOptions): StoreParts {
  return {
    ...createSqliteLog(database, writes, erased => keeper.appended(erased)),
    ...createSqliteFirstPaint(database),
    ...createSqliteMembers(database, writes),
    ...createSqlitePeople(database, writes),
    ...createSqliteProfiles(database, writes),
    ...createSqliteClosings(database, writes),
    ...createSqliteAttachments(database, writes),
    ...createSqliteInvites(database, writes),
    ...createSqlitePush(database, writes),
    ...createSqliteHooks(database, writes),
    ...createSqliteReading(database),
    ...createSqliteSearch(database, keeper),
    ...createSqliteModeration(database, writes),
    ...createSqliteAdministration(database, writes, () => keeper.appended(true)),
    ...createSqliteUsers(database, writes),
    ...createSqliteGuests(database, writes),
    ...createSqliteAdminUsers(database, writes),
    ...createSqliteLogins(database, writes),
    ...createSqliteTokens(database, writes),
    ...createSqlitePasskeys(database, writes),
    ...createSqliteTotp(database, writes),
  }
}
