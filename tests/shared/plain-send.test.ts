import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeClientMessage, limits } from '#parley/shared/protocol/index.ts'
import { judgeOp } from '#parley/shared/protocol/codec.ts'
import { plainSend } from '#parley/shared/protocol/plain-send.ts'

const cid = '0199c1de-8000-7b02-9a1c-000000000001'
const plain = { type: 'send', cid, conversation: 'k3v', content: { type: 'text', text: 'hello' } }

/** Mostly what fits, sometimes what nearly does, sometimes anything. */
const field = (fits: fc.Arbitrary<unknown>, near: readonly unknown[]) =>
  fc.oneof({ weight: 20, arbitrary: fits }, { weight: 2, arbitrary: fc.constantFrom(...near) }, { weight: 1, arbitrary: fc.jsonValue() })

const long = (length: number) => 'x'.repeat(length)
const texts = field(fc.string({ minLength: 1, unit: 'binary' }), [
  '', ' ', '\n\t\u00a0\ufeff\u3000', 'a\0b', '\ud800', 'a\udc00', '😀', long(limits.textCodePoints), long(limits.textCodePoints + 1), '😀'.repeat(limits.textCodePoints), '😀'.repeat(limits.textCodePoints + 1),
])
const contents = field(
  fc.record({ type: field(fc.constant('text'), ['custom', 'image', 'Text', '', null]), text: texts, extra: fc.jsonValue() }, { requiredKeys: [] }),
  [null, [], 'text', { type: 'text' }, { type: 'custom', name: 'n', data: 1, text: 'x' }],
)
const frames = fc.record({
  type: field(fc.constant('send'), ['edit', 'delete', 'react', 'Send']),
  cid: field(fc.uuid(), [cid.toUpperCase(), `${cid} `, cid.slice(1), '', 1]),
  conversation: field(fc.string({ minLength: 1, maxLength: 64 }), ['', long(64), long(65), 'a b', '\0', 7]),
  content: contents,
  replyTo: field(fc.constant(undefined), [0, 1, 2, -1, 1.5, null, '1', Number.MAX_SAFE_INTEGER + 1]),
  extra: fc.jsonValue(),
}, { requiredKeys: ['type', 'cid', 'conversation', 'content'] })

describe('the short way of a plain message', () => {
  it('[S9] [T6] takes nothing that the schemas would not take, and makes the same of it', () => {
    const taken = { yes: 0, no: 0 }
    fc.assert(fc.property(frames, (frame) => {
      const value = JSON.parse(JSON.stringify(frame)) as object
      const op = plainSend(value)
      taken[op ? 'yes' : 'no']++
      if (op) expect({ kind: 'op', op }).toEqual(judgeOp(value))
    }), { numRuns: 5_000 })
    expect(Math.min(taken.yes, taken.no)).toBeGreaterThan(100)
  })

  it('[S9] takes a plain message, so that the schemas see none of them', () => {
    expect(plainSend({ ...plain, extra: 1, content: { ...plain.content, extra: 1 } })).toEqual(plain)
  })

  it.each([
    ['a reply', { ...plain, replyTo: 1 }],
    ['another content', { ...plain, content: { type: 'custom', name: 'n', data: 1, text: 'x' } }],
    ['another op', { ...plain, type: 'edit', target: 1 }],
    ['text that nobody could store', { ...plain, content: { type: 'text', text: 'a\0b' } }],
    ['white space', { ...plain, content: { type: 'text', text: '\n \u3000' } }],
    ['a key of the prototype', { ...plain, content: JSON.parse('{"__proto__":{"type":"text","text":"x"}}') as object }],
  ])('[S9] leaves %s to the schemas', (_, value) => {
    expect(plainSend(value)).toBeUndefined()
  })

  it('[S9] the wire takes it', () => {
    expect(decodeClientMessage(JSON.stringify(plain))).toEqual([{ kind: 'op', op: plain }])
  })
})
