import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { FileStoreFull, type FileStore } from '#parley/server/attachments/ports.ts'

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

/** The name of a folder entry is on disk only once the folder is synced. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  }
  finally {
    await folder.close()
  }
}

/** Where a file lies below the folder: spread over folders, since some file systems and every `ls` grow slow with the entries of one. */
export const diskPlace = (id: string): string => join(id.slice(0, 2), id)

/**
 * Files in a folder of this machine. Not by Nitro's storage, whose drivers hand over whole values: one film, asked for in ranges, would
 * be read into memory for each of them.
 *
 * A file is written beside, synced, and then gets its name: under its id there is never half of one. What a crash leaves in `incoming`
 * is removed at the next start.
 *
 * @param arrivals name of that folder; another process beside the server has one of its own
 */
export async function openDiskFiles(folder: string, arrivals = 'incoming'): Promise<FileStore> {
  const incoming = join(folder, arrivals)
  await rm(incoming, { recursive: true, force: true })
  await mkdir(incoming, { recursive: true, mode: 0o700 })
  const place = (id: string): string => join(folder, diskPlace(id))
  const shelf = (id: string): string => dirname(place(id))
  return {
    async write(id, bytes) {
      const draft = join(incoming, randomUUID())
      try {
        await pipeline(bytes, createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }))
        await mkdir(shelf(id), { recursive: true, mode: 0o700 })
        await rename(draft, place(id))
        await syncFolder(shelf(id))
      }
      catch (error) {
        await rm(draft, { force: true })
        throw ['ENOSPC', 'EDQUOT'].includes(codeOf(error)) ? new FileStoreFull() : error
      }
    },
    async read(id, range) {
      try {
        const file = await open(place(id), 'r')
        return file.createReadStream(range === undefined ? {} : { start: range.from, end: range.to })
      }
      catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined
        throw error
      }
    },
    remove: id => rm(place(id), { force: true }),
    async* list() {
      for (const shelf of await readdir(folder, { withFileTypes: true })) {
        if (!shelf.isDirectory() || shelf.name.startsWith('incoming')) continue
        for (const id of await readdir(join(folder, shelf.name))) {
          // Erased while we look.
          const found = await stat(join(folder, shelf.name, id)).catch(() => undefined)
          if (found?.isFile()) yield { id, at: found.mtimeMs }
        }
      }
    },
  }
}
