import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { FileStore } from '#parley/server/attachments/ports.ts'

/** Files in memory: what the port promises and nothing else, for tests of what stands upon it. */
export function createMemoryFiles(): FileStore {
  const files = new Map<string, Buffer>()
  return {
    async write(id, bytes) {
      const whole = await buffer(bytes)
      files.set(id, whole)
    },
    async read(id, range) {
      const whole = files.get(id)
      if (whole === undefined) return undefined
      return Readable.from(range === undefined ? [whole] : [whole.subarray(range.from, range.to + 1)], { objectMode: false })
    },
    async remove(id) {
      files.delete(id)
    },
  }
}
