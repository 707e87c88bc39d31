import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import type { FileStore, StoredFile } from '#parley/server/attachments/ports.ts'

export async function* pieces(...parts: (Uint8Array | string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part
    yield Buffer.from(part)
  }
}

export const read = async (files: FileStore, id: string, range?: { from: number, to: number }) => {
  const stream = await files.read(id, range)
  return stream && await buffer(stream)
}

/** Bytes of files, wherever they lie. */
export function filesContract(open: () => Promise<FileStore>): void {
  describe('files', () => {
    it('are given back as they came, whole or a range of them', async () => {
      const files = await open()
      await files.write('abc', pieces('hello ', 'world'))
      expect(String(await read(files, 'abc'))).toBe('hello world')
      expect(String(await read(files, 'abc', { from: 4, to: 6 }))).toBe('o w')
      expect(String(await read(files, 'abc', { from: 10, to: 10 }))).toBe('d')
    })

    it('may be empty, and have any id that the server makes', async () => {
      const files = await open()
      const id = '0b5c8b1e-6b1f-4b53-9a0e-3f1e9d2c7a10'
      await files.write(id, pieces())
      expect(await read(files, id)).toHaveLength(0)
    })

    it('of a few megabytes come through byte for byte', async () => {
      const files = await open()
      const chunk = Buffer.alloc(100_000, 'parley')
      await files.write('large', Readable.from(Array.from({ length: 30 }, (_, index) => Buffer.concat([Buffer.from([index]), chunk]))))
      const back = (await read(files, 'large'))!
      expect(back).toHaveLength(30 * 100_001)
      expect(Array.from({ length: 30 }, (_, index) => back[index * 100_001])).toEqual(Array.from({ length: 30 }, (_, index) => index))
      expect(await read(files, 'large', { from: 100_001, to: 100_003 })).toEqual(Buffer.concat([Buffer.from([1]), chunk.subarray(0, 2)]))
    })

    it('are not there before they were written and after they were removed, and a removal may be repeated', async () => {
      const files = await open()
      expect(await files.read('abc')).toBeUndefined()
      await files.write('abc', pieces('x'))
      await files.remove('abc')
      await files.remove('abc')
      expect(await files.read('abc')).toBeUndefined()
      expect(await files.read('abc', { from: 0, to: 0 })).toBeUndefined()
    })

    it('[X29] of which only a half came are not there, and the sender\'s own fault comes through', async () => {
      const files = await open()
      await expect(files.write('half', pieces('begin', new Error('the client is gone')))).rejects.toThrow('the client is gone')
      expect(await files.read('half')).toBeUndefined()
    })

    it('are all listed, and nothing else, with when they came', async () => {
      const files = await open()
      const ids = ['abc', 'abd', 'abc.preview', 'bcd', 'cde', 'def', 'efg']
      for (const id of ids) await files.write(id, pieces('x'))
      await files.remove('def')
      await files.write('half', pieces('begin', new Error('the client is gone'))).catch(() => undefined)
      const found: StoredFile[] = []
      for await (const file of files.list!()) found.push(file)
      expect(found.map(({ id }) => id).sort()).toEqual(ids.filter(id => id !== 'def').sort())
      for (const { at } of found) expect(Math.abs(Date.now() - at)).toBeLessThan(60_000)
    })

    it('whose reader leaves early do no harm to the next one', async () => {
      const files = await open()
      await files.write('abc', pieces(Buffer.alloc(2_000_000, 'x')))
      const stream = (await files.read('abc'))!
      stream.on('error', () => undefined)
      stream.destroy()
      expect(await read(files, 'abc')).toHaveLength(2_000_000)
    })
  })
}
