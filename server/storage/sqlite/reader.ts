import { openReadingDatabase } from '#parley/server/storage/sqlite/open.ts'
import type { IndexKeeper } from '#parley/server/storage/sqlite/index-keeper.ts'
import { createParts, readEpoch, type StoreParts } from '#parley/server/storage/sqlite/parts.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

/** The reads of a store, on a connection of their own: it sees what is committed, and no commit waits for it (WAL). */
export interface SqliteReader extends StoreParts {
  epoch(): Promise<string>
  close(): void
}

const noWrites: WriteQueue = {
  run: () => Promise.reject(new Error('this connection only reads')),
  length: 0,
  status: 'ok',
  close: () => undefined,
}

/** Who writes keeps the index; before a search it is asked to. */
const noKeeper: IndexKeeper = { appended: () => undefined, catchUp: async () => undefined, dispose: () => undefined }

/** Opens a file that a store has open already, for reading. */
export async function openSqliteReader(path: string, pragmas: Readonly<Record<string, string | number>> = {}): Promise<SqliteReader> {
  const database = await openReadingDatabase(path, pragmas)
  const parts = createParts({ database, writes: noWrites, keeper: noKeeper })
  return { ...parts, epoch: async () => readEpoch(database), close: () => database.close() }
}
