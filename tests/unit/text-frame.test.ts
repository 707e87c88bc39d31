import fc from 'fast-check'
import { expect, it } from 'vitest'
import { textFrame } from '#parley/server/utils/text-frame.ts'

/** RFC 6455, 5.2: FIN and opcode 1; the length in 7 bits, or 126 and 16 bits, or 127 and 64 bits. */
function headOf(bytes: number): number[] {
  if (bytes < 126) return [0x81, bytes]
  if (bytes < 0x1_0000) return [0x81, 126, bytes >> 8, bytes & 0xFF]
  return [0x81, 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map(shift => (bytes >> shift) & 0xFF)]
}

const expected = (text: string): Buffer => Buffer.concat([Buffer.from(headOf(Buffer.byteLength(text))), Buffer.from(text)])

const made = (text: string): Buffer => textFrame(text, Buffer.byteLength(text))

it.each([0, 1, 125, 126, 127, 0xFFFF, 0x1_0000, 1024 * 1024])('[T3] a text of %i bytes is framed as RFC 6455 says', (bytes) => {
  expect(made('x'.repeat(bytes)).equals(expected('x'.repeat(bytes)))).toBe(true)
})

it('[T3] any text is, also where characters and bytes are not as many', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), text => made(text).equals(expected(text))))
})

it('[T3] a length that is not that of the text is noticed: the peer would take the next message for a part of this one', () => {
  expect(() => textFrame('äöü', 5)).toThrow(RangeError)
  expect(() => textFrame('äöü', 7)).toThrow(RangeError)
})
