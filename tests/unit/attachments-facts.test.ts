import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rangeOf } from '#parley/server/attachments/byte-range.ts'
import { factsOf } from '#parley/server/attachments/file-facts.ts'
import { disposition, safeFileName } from '#parley/server/attachments/file-name.ts'
import { kindOf, mayCarry } from '#parley/shared/attachments.ts'
import { jpegHead, page, png, svg, wav } from '#parley/tests/helpers/sample-files.ts'

describe('[X29] a file is told by its bytes', () => {
  test.each<[string, Uint8Array, object]>([
    ['a picture, with its size', png(30, 20), { mime: 'image/png', width: 30, height: 20 }],
    ['a photo', jpegHead(400, 300, 1), { mime: 'image/jpeg', width: 400, height: 300 }],
    ['a photo that the camera turned', jpegHead(400, 300, 6), { mime: 'image/jpeg', width: 300, height: 400 }],
    ['a photo upside down', jpegHead(400, 300, 3), { mime: 'image/jpeg', width: 400, height: 300 }],
    ['a picture without a size', Buffer.from('ffd8ffe000104a46', 'hex'), { mime: 'image/jpeg' }],
    ['sound', wav(), { mime: 'audio/wav' }],
    ['SVG is text', Buffer.from(svg), { mime: 'text/plain' }],
    ['SVG that begins as XML is text', Buffer.from(`<?xml version="1.0"?>${svg}`), { mime: 'text/plain' }],
    ['a page is text', Buffer.from(page), { mime: 'text/plain' }],
    ['Chinese text, cut within a character', Buffer.from('早上好').subarray(0, 8), { mime: 'text/plain' }],
    ['nothing', Buffer.alloc(0), { mime: 'application/octet-stream' }],
    ['noise', Buffer.from([1, 2, 0, 255, 254, 3]), { mime: 'application/octet-stream' }],
  ])('%s', async (_name, bytes, facts) => {
    expect(await factsOf(bytes)).toEqual(facts)
  })

  test('damaged pictures end no server: there is always an answer, and never a size that is none', async () => {
    const samples = [png(30, 20), jpegHead(400, 300, 6)]
    await fc.assert(fc.asyncProperty(fc.constantFrom(...samples), fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 12 }), fc.nat(300), async (sample, changes, length) => {
      const bytes = Buffer.from(sample.subarray(0, Math.max(12, length)))
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
      const { width = 1, height = 1 } = await factsOf(bytes)
      expect([width, height].every(side => Number.isSafeInteger(side) && side > 0)).toBe(true)
    }), { numRuns: 500 })
  })

  test('only what runs nothing is shown', () => {
    expect(['image/png', 'image/jpeg', 'audio/mpeg', 'video/mp4', 'video/webm'].map(kindOf)).toEqual(['image', 'image', 'audio', 'video', 'video'])
    for (const mime of ['image/svg+xml', 'text/html', 'application/pdf', 'text/xml', 'image/heic', 'application/javascript', '']) expect(kindOf(mime)).toBe('file')
    expect([mayCarry('audio', 'video/webm'), mayCarry('file', 'image/png'), mayCarry('image', 'text/plain'), mayCarry('video', 'audio/wav')]).toEqual([true, true, false, false])
  })
})

describe('names', () => {
  test.each([
    ['cat.png', 'cat.png'], ['早上好.pdf', '早上好.pdf'], ['C:\\fakepath\\a.txt', 'a.txt'], ['../../etc/passwd', 'passwd'], ['', 'file'], ['..', 'file'], ['a/', 'file'],
    ['photo\u202Egpj.exe', 'photogpj.exe'], ['a\r\nb\0.txt', 'ab.txt'], ['\uD800x', '\uFFFDx'],
  ])('%j is kept as %j', (raw, safe) => {
    expect(safeFileName(raw)).toBe(safe)
  })

  test('a long name keeps its ending', () => {
    const name = safeFileName(`${'长'.repeat(400)}.tar.gz`)
    expect([name.length, name.endsWith('.gz')]).toEqual([255, true])
    expect(safeFileName('😀'.repeat(300)).isWellFormed()).toBe(true)
  })

  test('[X29] a header holds any name, and nothing of it leaves its quotes', () => {
    expect(disposition(false, '早 "x"; a=b.pdf')).toBe('attachment; filename="_ _x_; a=b.pdf"; filename*=UTF-8\'\'%E6%97%A9%20%22x%22%3B%20a%3Db.pdf')
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (raw) => {
      const name = safeFileName(raw)
      const header = disposition(true, name)
      expect(header).toMatch(/^inline; filename="[\x20-\x21\x23-\x5B\x5D-\x7E]*"; filename\*=UTF-8''[\w.!~%-]*$/)
      expect(decodeURIComponent(header.split('\'\'')[1]!)).toBe(name)
    }))
  })
})

test.each<[string | undefined, number, unknown]>([
  [undefined, 10, undefined], ['bytes=0-3', 10, { from: 0, to: 3 }], ['bytes=4-', 10, { from: 4, to: 9 }], ['bytes=-3', 10, { from: 7, to: 9 }], ['bytes=-30', 10, { from: 0, to: 9 }],
  ['bytes=8-99', 10, { from: 8, to: 9 }], ['bytes=10-', 10, 'none'], ['bytes=-0', 10, 'none'], ['bytes=0-', 0, 'none'], ['bytes=5-2', 10, undefined], ['bytes=0-1,4-5', 10, undefined],
  ['items=0-1', 10, undefined], ['bytes=-', 10, undefined], ['bytes=a-b', 10, undefined],
])('[X29] Range %j of %i bytes is %j', (header, size, range) => {
  expect(rangeOf(header, size)).toEqual(range)
})
