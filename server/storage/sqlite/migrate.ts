import { Kysely, SqliteDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { SQLInputValue } from 'node:sqlite'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import * as initial from '#parley/server/storage/sqlite/migrations/0001-initial.ts'
import type { Schema } from '#parley/server/storage/sqlite/schema.ts'
import { tokeniserVersion } from '#parley/server/storage/tokens.ts'

/** Every migration there is, by static import: a bundle has no folder to read them from. Names never change, order is by name. */
const migrations = { '0001-initial': initial }

/** Kysely on our connection: builds queries, and runs migrations. */
export function createKysely(database: SqliteDatabase): Kysely<Schema> {
  return new Kysely<Schema>({
    dialect: new SqliteDialect({
      database: {
        close: () => undefined, // the store owns the connection
        prepare(text) {
          const statement = database.statement(text)
          return {
            reader: statement.columns().length > 0,
            all: parameters => statement.all(...parameters as SQLInputValue[]),
            run: parameters => statement.run(...parameters as SQLInputValue[]),
            iterate: parameters => statement.iterate(...parameters as SQLInputValue[]),
          }
        },
      },
    }),
  })
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
export async function migrate(database: SqliteDatabase, kysely: Kysely<Schema>, newEpoch: () => string): Promise<void> {
  database.connection.exec('begin immediate')
  try {
    const migrator = new Migrator({ db: kysely, provider: { getMigrations: async () => migrations } })
    const { error } = await migrator.migrateToLatest()
    if (error) throw error
    database.run('insert or ignore into meta (name, value) values (\'epoch\', ?)', newEpoch())
    prepareIndex(database)
    database.connection.exec('commit')
  }
  catch (error) {
    database.rollback()
    throw error
  }
}
