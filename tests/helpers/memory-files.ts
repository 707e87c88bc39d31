import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { FileStore } from '#parley/server/attachments/ports.ts'

/** Files in memory: what the port promises and nothing else, for tests of what stands upon it. */
export function createMemoryFiles(now: () => number = () => 0): FileStore {
  const files = new Map<string, Buffer>()
  const came = new Map<string, number>()
  return {
    async write(id, bytes) {
      const whole = await buffer(bytes)
      files.set(id, whole)
      came.set(id, now())
    },
    async read(id, range) {
      const whole = files.get(id)
      if (whole === undefined) return undefined
      return Readable.from(range === undefined ? [whole] : [whole.subarray(range.from, range.to + 1)], { objectMode: false })
    },
    async remove(id) {
      files.delete(id)
    },
    async* list() {
      for (const id of [...files.keys()]) yield { id, at: came.get(id) ?? 0 }
    },
  }
}
