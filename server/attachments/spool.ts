import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { FileStoreFull } from '#parley/server/attachments/ports.ts'

/** Bytes that lie on this machine until they are somewhere else. */
export interface Spooled {
  size: number
  /** SHA-256 in hexadecimal digits. */
  hash: string
  /** From the start; as often as a sending has to be tried. */
  open(): Readable
  discard(): Promise<void>
}

const isFull = (error: unknown): boolean => error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT'].includes(String(error.code))

export interface Spool {
  /** @throws FileStoreFull; whatever `bytes` throws */
  take(bytes: AsyncIterable<Uint8Array>): Promise<Spooled>
}

/**
 * A folder for files on their way. Its files are worth nothing after a crash: whoever sent one has had no answer and sends it again, so
 * what is found there at the start is removed, and nothing is synced.
 */
export async function openSpool(folder: string): Promise<Spool> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return {
    async take(bytes) {
      const path = join(folder, randomUUID())
      const discard = () => rm(path, { force: true })
      const hash = createHash('sha256')
      let size = 0
      try {
        await pipeline(bytes, async function* (chunks: AsyncIterable<Uint8Array>) {
          for await (const chunk of chunks) {
            hash.update(chunk)
            size += chunk.length
            yield chunk
          }
        }, createWriteStream(path, { flags: 'wx', mode: 0o600 }))
      }
      catch (error) {
        await discard()
        throw isFull(error) ? new FileStoreFull() : error
      }
      return { size, hash: hash.digest('hex'), open: () => createReadStream(path), discard }
    },
  }
}
