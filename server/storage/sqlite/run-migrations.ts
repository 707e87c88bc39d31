import { Kysely, SqliteDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { SQLInputValue } from 'node:sqlite'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import * as initial from '#parley/server/storage/sqlite/migrations/0001-initial.ts'
import * as opsByCid from '#parley/server/storage/sqlite/migrations/0002-ops-by-cid.ts'
import * as attachments from '#parley/server/storage/sqlite/migrations/0003-attachments.ts'
import * as invites from '#parley/server/storage/sqlite/migrations/0004-invites.ts'
import * as push from '#parley/server/storage/sqlite/migrations/0005-push.ts'
import * as people from '#parley/server/storage/sqlite/migrations/0006-people.ts'
import * as moderation from '#parley/server/storage/sqlite/migrations/0007-moderation.ts'
import * as reading from '#parley/server/storage/sqlite/migrations/0008-reading.ts'
import * as logIns from '#parley/server/storage/sqlite/migrations/0009-log-ins.ts'
import * as secondFactor from '#parley/server/storage/sqlite/migrations/0010-second-factor.ts'
import * as webhooks from '#parley/server/storage/sqlite/migrations/0011-webhooks.ts'
import type { MigrationName } from '#parley/server/storage/sqlite/migrate.ts'

/** Every migration there is, by static import: a bundle has no folder to read them from. */
const migrations: Record<MigrationName, typeof initial> = {
  '0001-initial': initial,
  '0002-ops-by-cid': opsByCid,
  '0003-attachments': attachments,
  '0004-invites': invites,
  '0005-push': push,
  '0006-people': people,
  '0007-moderation': moderation,
  '0008-reading': reading,
  '0009-log-ins': logIns,
  '0010-second-factor': secondFactor,
  '0011-webhooks': webhooks,
}

/** Kysely on our connection. */
const onConnection = (database: SqliteDatabase): Kysely<unknown> => new Kysely<unknown>({
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

/** @throws Error "corrupted migrations" when a newer version was here */
export async function runMigrations(database: SqliteDatabase): Promise<void> {
  const migrator = new Migrator({ db: onConnection(database), provider: { getMigrations: async () => migrations } })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
}
