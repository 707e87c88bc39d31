import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Clock, Random, Store } from '#parley/server/chat/ports.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { createIndexKeeper } from '#parley/server/storage/sqlite/index-keeper.ts'
import { migrate } from '#parley/server/storage/sqlite/migrate.ts'
import { isBusy } from '#parley/server/storage/sqlite/errors.ts'
import { explain, openDatabase } from '#parley/server/storage/sqlite/open.ts'
import { createParts, readEpoch } from '#parley/server/storage/sqlite/parts.ts'
import { createWriteQueue, type CommitClock, type WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

export interface SqliteStoreOptions {
  /** The database file; made when missing, its folder must exist. */
  path: string
  clock?: Pick<Clock, 'now' | 'timer'>
  random?: Pick<Random, 'id'>
  /** Set on the connection after our own settings; for tests of a full disk (`max_page_count`). */
  pragmas?: Readonly<Record<string, string | number>>
  /** Told after each commit, before its writes are answered, how many there were, and how many ms it took. */
  onCommit?: (writes: number, ms: number) => void
  /** When to commit; every turn of the event loop by default. */
  commitClock?: CommitClock
}

export interface SqliteStore extends Store, AccountStore {
  /** Reads or sets a pragma of the connection, for tests and diagnosis. */
  pragma(text: string): unknown
  /**
   * Puts into the search index all messages that were committed when it was called; `search` of this store does it by itself.
   * @throws StoreUnavailable
   */
  catchUpIndex(): Promise<void>
}

const processClock: Pick<Clock, 'now' | 'timer'> = {
  now: () => Date.now(),
  timer(task, ms) {
    const timer = globalThis.setTimeout(task, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Whether a write could be made now: allocates pages as a message would, then takes them back. After a failure it must really commit. */
async function probe(database: SqliteDatabase, writes: WriteQueue): Promise<boolean> {
  const allocate = () => database.run('insert into meta (name, value) values (\'probe\', hex(zeroblob(8192)))')
  const release = () => database.run('delete from meta where name = \'probe\'')
  try {
    if (writes.status !== 'ok') {
      await writes.run(() => [allocate(), release()])
      return true
    }
    database.statement('begin immediate').run()
    allocate()
    return true
  }
  catch {
    return false
  }
  finally {
    database.rollback()
  }
}

async function openOnce({ path, pragmas = {}, random }: SqliteStoreOptions): Promise<SqliteDatabase> {
  const database = await openDatabase(path, pragmas)
  try {
    await migrate(database, () => random?.id() ?? randomUUID())
    return database
  }
  catch (error) {
    database.close()
    throw error
  }
}

/** A server that is just being replaced may hold the file for its last commit: that is no reason to fail the start. */
const lockedTries = 10
const lockedPause = 100

async function open(options: SqliteStoreOptions): Promise<SqliteDatabase> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await openOnce(options)
    }
    catch (error) {
      if (!isBusy(error) || attempt === lockedTries) throw explain(error, options.path)
      await setTimeout(lockedPause)
    }
  }
}

/**
 * Opens the store of one server process in an SQLite file: every acknowledged write is on disk (S2), and all writes that wait share a
 * commit.
 *
 * @throws ConfigurationError the file cannot be used
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { clock = processClock, onCommit = () => undefined } = options
  const database = await open(options)
  const writes = createWriteQueue(database, onCommit, options.commitClock)
  const keeper = createIndexKeeper(database, writes, clock)
  let closed = false
  return {
    ...createParts({ database, writes, keeper }),
    epoch: async () => readEpoch(database),
    ready: async () => !closed && probe(database, writes),
    catchUpIndex: () => keeper.catchUp(),
    pragma: text => database.pragma(text),
    async close() {
      if (closed) return
      closed = true
      writes.close()
      keeper.dispose()
      database.checkpoint()
      database.close()
    },
  }
}
