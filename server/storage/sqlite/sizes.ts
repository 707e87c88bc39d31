import { statSync } from 'node:fs'
import type { StoredSizes } from '#parley/server/chat/administration-port.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { createUserNames } from '#parley/server/storage/sqlite/user-rows.ts'

type Sums = { count: number, bytes: number | null }
const sums = ({ count, bytes }: Sums = { count: 0, bytes: 0 }) => ({ count, bytes: bytes ?? 0 })

/** Users whose files take the most. */
const mostUploaders = 10

/** Bytes of the write-ahead log; 0 where there is none, as in memory. */
function logBytes(database: SqliteDatabase): number {
  const path = database.connection.location()
  return path === null ? 0 : statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
}

/** What is stored takes up; inside a snapshot. Reads every row about a file, which admins may ask for and nobody else does. */
export function readSizes(database: SqliteDatabase): StoredSizes {
  const page = Number(database.pragma('page_size') ?? 0)
  const nameOf = createUserNames(database)
  const uploaders = database.all<{ uploader: number, count: number, bytes: number }>(`
    select uploader, count(*) as count, sum(size) as bytes from attachments group by uploader order by bytes desc limit ?`, mostUploaders)
  return {
    database: { bytes: page * Number(database.pragma('page_count') ?? 0), free: page * Number(database.pragma('freelist_count') ?? 0), log: logBytes(database) },
    files: {
      ...sums(database.get<Sums>('select count(*) as count, sum(size) as bytes from attachments')),
      unheld: sums(database.get<Sums>('select count(*) as count, sum(size) as bytes from attachments where expires_at is not null')),
      erasing: database.get<{ count: number }>('select count(*) as count from erasable_files')?.count ?? 0,
    },
    uploaders: uploaders.map(({ uploader, count, bytes }) => ({ user: nameOf(uploader), count, bytes })),
  }
}
