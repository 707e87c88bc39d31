import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { boundaryOf, fileParts, MalformedForm } from '#parley/server/attachments/multipart.ts'

const boundary = '----WebKitFormBoundary7MA4YWxk'
const part = (headers: string, body: Uint8Array) => Buffer.concat([Buffer.from(`--${boundary}\r\n${headers}\r\n\r\n`), body, Buffer.from('\r\n')])
const file = (name: string, body: Uint8Array, field = 'file') => part(`Content-Disposition: form-data; name="${field}"; filename="${name}"\r\nContent-Type: application/octet-stream`, body)
const form = (...parts: Buffer[]) => Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)])

async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes.length === 0 ? bytes.length : sizes[n % sizes.length]!
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function read(body: Uint8Array, sizes: readonly number[] = []): Promise<{ field: string, fileName: string, bytes: Buffer }[]> {
  const found = []
  for await (const { field, fileName, bytes } of fileParts(chunked(body, sizes), boundary)) {
    const pieces: Uint8Array[] = []
    for await (const piece of bytes) pieces.push(piece)
    found.push({ field, fileName, bytes: Buffer.concat(pieces) })
  }
  return found
}

describe('a multipart form', () => {
  test('[X29] gives its files byte for byte, wherever the network cuts it', async () => {
    // Pieces of the boundary inside the data are what a careless reader trips over.
    const tricky = fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(...['\r\n', '\r', `\r\n--${boundary.slice(0, 9)}`, '--', `--${boundary}`].map(text => Buffer.from(text)))), { maxLength: 8 })
    await fc.assert(fc.asyncProperty(tricky, fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 5 }), async (pieces, sizes) => {
      const data = Buffer.concat(pieces)
      fc.pre(!Buffer.concat([Buffer.from('\r\n'), data]).includes(`\r\n--${boundary}`))
      const found = await read(form(part('Content-Disposition: form-data; name="note"', Buffer.from('a field')), file('x.bin', data), file('y', Buffer.from('!'), 'second')), sizes)
      expect(found).toEqual([{ field: 'file', fileName: 'x.bin', bytes: data }, { field: 'second', fileName: 'y', bytes: Buffer.from('!') }])
    }), { numRuns: 300 })
  })

  test('names come as browsers write them', async () => {
    for (const [written, name] of [['报告 %22v2%22.pdf', '报告 "v2".pdf'], ['a\\"b.txt', 'a"b.txt'], ['100%.txt', '100%.txt'], ['', '']] as const) {
      expect((await read(form(file(written, Buffer.from('x')))))[0]?.fileName).toBe(name)
    }
  })

  test('a part that nobody reads is passed over', async () => {
    const names = []
    for await (const { fileName } of fileParts(chunked(form(file('a', Buffer.alloc(500)), file('b', Buffer.alloc(3))), [7]), boundary)) names.push(fileName)
    expect(names).toEqual(['a', 'b'])
  })

  test.each([
    ['that is cut off', form(file('a', Buffer.from('abc'))).subarray(0, 140)],
    ['without a boundary', Buffer.from('hello')],
    ['that is empty', Buffer.alloc(0)],
    ['whose boundary goes on', Buffer.from(`--${boundary}x\r\n\r\n`)],
    ['with a part of no kind', form(part('Content-Type: text/plain', Buffer.from('x')))],
    ['with endless headers', Buffer.from(`--${boundary}\r\n${'x-y: z\r\n'.repeat(5_000)}`)],
  ])('one %s is refused', async (_name, body) => {
    await expect(read(body, [11])).rejects.toBeInstanceOf(MalformedForm)
  })

  test('only a form has a boundary', () => {
    expect(boundaryOf(`multipart/form-data; boundary=${boundary}`)).toBe(boundary)
    expect(boundaryOf('Multipart/Form-Data; charset=utf-8; boundary="a b"')).toBe('a b')
    for (const other of [undefined, '', 'application/json', 'multipart/form-data', 'multipart/mixed; boundary=x', `multipart/form-data; boundary=${'x'.repeat(71)}`]) expect(boundaryOf(other)).toBeUndefined()
  })
})
