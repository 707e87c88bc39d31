import type { DatabaseSync } from 'node:sqlite'
import { ConfigurationError } from '#parley/server/storage/configuration-error.ts'
import { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { isBusy, isDamaged, isInaccessible } from '#parley/server/storage/sqlite/errors.ts'

/** Marks a file as Parley's, so that the database of another program is not taken over by a wrong path. "Prly" in ASCII. */
const applicationId = 0x50726C79

type Sqlite = typeof import('node:sqlite')

/** @throws ConfigurationError this Node has no SQLite */
export async function loadSqlite(): Promise<Sqlite> {
  try {
    return await import('node:sqlite')
  }
  catch (error) {
    throw new ConfigurationError(`Parley needs Node 24.11 or newer for its built-in SQLite; this is ${process.version}`, { cause: error })
  }
}

function checkOwner(database: SqliteDatabase, path: string): void {
  const owner = database.pragma('application_id')
  if (owner === applicationId) return
  const { tables } = database.get<{ tables: number }>('select count(*) as tables from sqlite_schema') ?? { tables: 0 }
  if (owner !== 0 || tables > 0) throw new ConfigurationError(`the file ${path} is the database of another program`)
  database.pragma(`application_id = ${applicationId}`)
}

/**
 * S2: WAL with `synchronous = full` syncs the log at every commit. A busy wait would block the event loop, so there is none (K12);
 * `secure_delete` overwrites what is deleted (O5).
 */
function configure(database: SqliteDatabase, path: string, pragmas: Readonly<Record<string, string | number>>): void {
  database.pragma('busy_timeout = 0')
  database.pragma('secure_delete = on')
  database.pragma('foreign_keys = on')
  checkOwner(database, path)
  const mode = database.pragma('journal_mode = wal')
  if (mode !== 'wal') throw new ConfigurationError(`the file system of ${path} cannot hold the database: it has no shared memory for write-ahead logging`)
  database.pragma('synchronous = full')
  // Fewer, larger checkpoints: each one syncs the whole file, and a page that many commits changed is copied once. The log is cut back
  // after a burst.
  database.pragma('wal_autocheckpoint = 16000')
  database.pragma('journal_size_limit = 67108864')
  database.pragma('cache_size = -65536')
  for (const [name, value] of Object.entries(pragmas)) database.pragma(`${name} = ${value}`)
}

/** One line for the person who runs the server, whatever SQLite said. */
export function explain(error: unknown, path: string): Error {
  if (error instanceof ConfigurationError) return error
  const cause = error instanceof Error ? error : new Error(String(error))
  if (isBusy(error)) return new ConfigurationError(`the database ${path} is locked by another process`, { cause })
  if (isDamaged(error)) return new ConfigurationError(`the database ${path} is damaged or not an SQLite file; restore it from a backup`, { cause })
  if (isInaccessible(error)) return new ConfigurationError(`the database ${path} cannot be opened for reading and writing`, { cause })
  if (/corrupted migrations/.test(cause.message)) return new ConfigurationError(`the database ${path} was made by a newer version of Parley`, { cause })
  return cause
}

/** Opens a further connection to a file that {@link openDatabase} has made ready; it changes nothing but may move the log into the file. */
export async function openReadingDatabase(path: string, pragmas: Readonly<Record<string, string | number>>): Promise<SqliteDatabase> {
  const { DatabaseSync } = await loadSqlite()
  const database = new SqliteDatabase(new DatabaseSync(path))
  for (const [name, value] of Object.entries({ busy_timeout: 0, query_only: 'on', cache_size: -32_768, ...pragmas })) database.pragma(`${name} = ${value}`)
  return database
}

/**
 * Opens the connection of a store that writes.
 *
 * @param pragmas further settings, by name
 * @throws ConfigurationError
 */
export async function openDatabase(path: string, pragmas: Readonly<Record<string, string | number>>): Promise<SqliteDatabase> {
  const { DatabaseSync } = await loadSqlite()
  let connection: DatabaseSync | undefined
  try {
    connection = new DatabaseSync(path)
    const database = new SqliteDatabase(connection)
    configure(database, path, pragmas)
    return database
  }
  catch (error) {
    connection?.close()
    throw error
  }
}
