import type { DatabaseSync } from 'node:sqlite'
import { ConfigurationError } from '#parley/server/storage/configuration-error.ts'
import { isBusy, statementTrouble } from '#parley/server/storage/sqlite/errors.ts'
import { migrationNames } from '#parley/server/storage/sqlite/migrate.ts'
import { explain, loadSqlite } from '#parley/server/storage/sqlite/open.ts'

/**
 * What is done to a database file from outside of a store: by the command line, in a process of its own, so that waiting for a lock
 * blocks nobody.
 */

/** Ms that a lock of the server is waited for: it holds one for a commit, or for the end of its log. */
const patience = 10_000

async function withFile<T>(path: string, readOnly: boolean, work: (connection: DatabaseSync) => T): Promise<T> {
  const { DatabaseSync } = await loadSqlite()
  let connection: DatabaseSync | undefined
  try {
    connection = new DatabaseSync(path, { readOnly, timeout: patience })
    return work(connection)
  }
  catch (error) {
    if (statementTrouble(error) === 'full') throw new ConfigurationError(`there is no room on the disk, or no right to write there (${error instanceof Error ? error.message : ''})`, { cause: error })
    throw explain(error, path)
  }
  finally {
    connection?.close()
  }
}

const column = (connection: DatabaseSync, text: string): unknown[] =>
  connection.prepare(text).all().map(row => Object.values(row)[0])

/**
 * Writes the database as it stands at one moment to a new file, while others write to it. One read transaction: commits go on beside it,
 * the write-ahead log only grows meanwhile. (The page-by-page backup interface would begin again with every commit of another process.)
 *
 * @throws ConfigurationError
 */
export async function takeSnapshot(path: string, into: string): Promise<void> {
  await withFile(path, true, connection => connection.prepare('vacuum into ?').run(into))
}

export interface DatabaseFacts {
  epoch: string
  migrations: string[]
  /** Rows of each table. */
  rows: Record<string, number>
}

function readFacts(connection: DatabaseSync): DatabaseFacts {
  const tables = column(connection, `
    select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\' and name not like 'message\\_index%' escape '\\' order by name`)
  return {
    epoch: String(column(connection, 'select value from meta where name = \'epoch\'')[0] ?? ''),
    migrations: column(connection, 'select name from kysely_migration order by name').map(String),
    rows: Object.fromEntries(tables.map(table => [String(table), Number(column(connection, `select count(*) from "${String(table)}"`)[0])])),
  }
}

/**
 * Looks through a whole database that nobody else uses.
 *
 * @throws ConfigurationError it is damaged, not Parley's, or of a newer version
 */
export function examine(path: string): Promise<DatabaseFacts> {
  return withFile(path, true, (connection) => {
    const faults = column(connection, 'pragma integrity_check(3)').map(String)
    if (faults.join() !== 'ok') throw new ConfigurationError(`the database ${path} is damaged: ${faults.join('; ').replaceAll('\n', ' ')}`)
    const known = new Set<string>(migrationNames)
    const facts = readFacts(connection)
    if (facts.migrations.some(name => !known.has(name))) throw new ConfigurationError(`the database ${path} was made by a newer version of Parley`)
    return facts
  })
}

/** Names of the migrations that a database has behind it; none where it is empty. */
export const migrationsOf = (path: string): Promise<string[]> => withFile(path, true, connection =>
  column(connection, 'select 1 from sqlite_schema where name = \'kysely_migration\'').length === 0 ? [] : column(connection, 'select name from kysely_migration order by name').map(String))

/** How many files wait to be erased: of deleted messages, and such as no message held in time. */
export const countErasable = (path: string, now: number): Promise<number> => withFile(path, true, connection =>
  Number(connection.prepare('select (select count(*) from erasable_files) + (select count(*) from attachments where expires_at <= ?) as count').get(now)?.['count']))

/** Ids of the files that the rows of a database speak of: attachments, and pictures of people and conversations. */
export const namedFiles = (path: string): Promise<{ attachments: string[], pictures: string[] }> => withFile(path, true, (connection) => {
  // Earlier versions had neither.
  const has = (table: string): boolean => column(connection, `select 1 from sqlite_schema where type = 'table' and name = '${table}'`).length > 0
  return {
    attachments: has('attachments') ? column(connection, 'select id from attachments').map(String) : [],
    pictures: has('avatars') ? column(connection, 'select file from avatars').map(String) : [],
  }
})

/** Whether a file is spoken of now: what was erased since a snapshot is not. */
export async function stillNamed(path: string, ids: readonly string[]): Promise<Set<string>> {
  const { attachments, pictures } = await namedFiles(path)
  const named = new Set([...attachments, ...pictures])
  return new Set(ids.filter(id => named.has(id)))
}

/**
 * Makes the database the beginning of another history (W4): what clients have seen of the one before may go beyond it.
 *
 * @param endLogins everybody has to log in again
 */
export function beginHistory(path: string, epoch: string, endLogins: boolean): Promise<void> {
  return withFile(path, false, (connection) => {
    connection.exec('pragma journal_mode = delete')
    connection.exec('pragma secure_delete = on')
    connection.exec('begin immediate')
    connection.prepare('insert or replace into meta (name, value) values (\'epoch\', ?)').run(epoch)
    if (endLogins) for (const table of ['push_subscriptions', 'logins']) if (column(connection, `select 1 from sqlite_schema where name = '${table}'`).length > 0) connection.exec(`delete from ${table}`)
    connection.exec('commit')
  })
}

/**
 * Holds a database so that no server has it open, or can open it, until the returned function is called. The lock is the system's own: it
 * ends with this process, however that ends, and a process that was killed leaves none behind.
 *
 * @returns what lets go of it; undefined: the file is no database that could be held
 * @throws ConfigurationError somebody has it open
 */
export async function holdAlone(path: string): Promise<(() => void) | undefined> {
  const { DatabaseSync } = await loadSqlite()
  const connection = new DatabaseSync(path)
  try {
    // In this mode the first lock is kept after the transaction; with write-ahead logging it is granted only to the sole connection.
    connection.exec('pragma locking_mode = exclusive')
    connection.exec('begin exclusive')
    connection.exec('commit')
    return () => connection.close()
  }
  catch (error) {
    connection.close()
    if (isBusy(error)) throw new ConfigurationError(`a server is running on ${path}; stop it first`, { cause: error })
    return undefined
  }
}
