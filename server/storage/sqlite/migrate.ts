import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { tokeniserVersion } from '#parley/server/storage/tokens.ts'

/** All migrations, in order. Names never change. */
export const migrationNames = ['0001-initial', '0002-ops-by-cid', '0003-attachments', '0004-invites', '0005-push', '0006-people', '0007-moderation', '0008-reading', '0009-log-ins', '0010-second-factor', '0011-webhooks'] as const
export type MigrationName = (typeof migrationNames)[number]

function isUpToDate(database: SqliteDatabase): boolean {
  if (!database.get('select 1 from sqlite_schema where name = \'kysely_migration\'')) return false
  const done = database.all<{ name: string }>('select name from kysely_migration order by name')
  return done.map(({ name }) => name).join() === migrationNames.join()
}

/** Text in the index was cut into words by these; where they differ, a deletion would no longer find its words. */
const indexVersion = `${tokeniserVersion}/${process.versions.unicode}`

function prepareIndex(database: SqliteDatabase): void {
  const present = database.get<{ value: string }>('select value from meta where name = \'index_version\'')
  if (present?.value === indexVersion) return
  database.connection.exec('insert into message_index (message_index) values (\'delete-all\')')
  database.run('insert or replace into meta (name, value) values (\'index_version\', ?), (\'indexed\', \'0\')', indexVersion)
}

/**
 * Brings the database to this version's schema, all or nothing, and makes its epoch when it has none (W4). One transaction around it
 * also keeps a second process from migrating at the same time. Nothing else may use the connection meanwhile.
 */
export async function migrate(database: SqliteDatabase, newEpoch: () => string): Promise<void> {
  database.connection.exec('begin immediate')
  try {
    if (!isUpToDate(database)) {
      // Seven megabytes of memory that a server whose database is in order need not have.
      const { runMigrations } = await import('#parley/server/storage/sqlite/run-migrations.ts')
      await runMigrations(database)
    }
    database.run('insert or ignore into meta (name, value) values (\'epoch\', ?)', newEpoch())
    prepareIndex(database)
    database.connection.exec('commit')
  }
  catch (error) {
    database.rollback()
    throw error
  }
}
