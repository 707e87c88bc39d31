import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError } from '#parley/cli/command-error.ts'
import { openDataFolder } from '#parley/server/config/data-folder.ts'
import { systemClock, systemRandom } from '#parley/server/config/system.ts'
import { migrationNames } from '#parley/server/storage/sqlite/migrate.ts'
import { openSqliteStore, type SqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import { holdAlone, migrationsOf } from '#parley/server/storage/sqlite/upkeep.ts'

/** Ms that a commit of the server is waited for; nobody else waits in this process. */
const patience = 10_000

/** A schema is not changed under a server that runs on it. */
async function checkVersion(path: string): Promise<void> {
  if ((await migrationsOf(path)).join() === migrationNames.join()) return
  const release = await holdAlone(path).catch(() => {
    throw new CommandError(`the server that runs on ${path} is of another version; use the command line of that version, or stop the server first`)
  })
  release?.()
}

async function openStore(dataDir: string, make: boolean): Promise<SqliteStore> {
  const path = join(dataDir, 'parley.db')
  if (!make && !existsSync(path)) throw new CommandError(`there is no database in ${dataDir}; set NUXT_DATA_DIR to the server's data folder`)
  process.umask(0o077)
  openDataFolder(dataDir)
  if (existsSync(path)) await checkVersion(path)
  return openSqliteStore({ path, clock: systemClock, random: systemRandom, pragmas: { busy_timeout: patience } })
}

/**
 * Opens the store of a data folder, whether a server runs on it or not, uses it and closes it, whatever happens. Both write to the file, one
 * commit after the other.
 *
 * @param make whether a database is made where there is none
 * @throws CommandError, SettingError, ConfigurationError; what `use` throws
 */
export async function withStore(dataDir: string, use: (store: SqliteStore) => Promise<void>, make = false): Promise<void> {
  const store = await openStore(dataDir, make)
  try {
    await use(store)
  }
  finally {
    // The log is moved into the file where nobody reads; a server that runs does that itself.
    store.pragma('busy_timeout = 0')
    await store.close()
  }
}
