import { describe, expect, test } from 'vitest'
import { checkContent, codePointLength, isCleanText, jsonDepth, limits } from '#parley/shared/protocol/index.ts'

const text = (value: string) => ({ type: 'text', text: value })
const custom = (data: unknown, fallback = 'fallback') => ({ type: 'custom', name: 'poll', data, text: fallback })
const image = (change: object = {}) => ({ type: 'image', attachment: { id: 'a1', name: 'cat.png', mime: 'image/png', size: 10, ...change } })
const nested = (depth: number): unknown => depth === 0 ? 0 : [nested(depth - 1)]

describe('text', () => {
  test.each(['a', '早', '👩‍👩‍👧', ' padded ', 'line\nbreak', '<b>not html</b>', '\u202Ebidi', 'e\u0301'])('[S9] %j is stored exactly as sent', (value) => {
    expect(checkContent(text(value))).toEqual({ ok: true, content: text(value) })
  })

  test.each(['', ' ', '\n\t', '\u3000', '\uFEFF'])('[S9] %j is empty', (value) => {
    expect(checkContent(text(value))).toMatchObject({ ok: false, code: 'empty' })
  })

  test.each([['BMP', '早'], ['astral', '🎉'], ['ASCII', 'a']])('[S9] the limit counts code points: %s', (_name, unit) => {
    expect(checkContent(text(unit.repeat(limits.textCodePoints)))).toMatchObject({ ok: true })
    expect(checkContent(text(unit.repeat(limits.textCodePoints + 1)))).toMatchObject({ ok: false, code: 'too_long' })
  })

  test.each(['\ud800', 'a\udc00b', '\udc00\ud800', '\ud83d\ud83d\ude00', 'nul\0'])('[S9] %j is not clean', (value) => {
    expect(isCleanText(value)).toBe(false)
    expect(checkContent(text(value))).toMatchObject({ ok: false, code: 'bad_content' })
  })

  test.each([[undefined], [null], ['text'], [5], [[]], [{}], [{ type: 'text' }], [{ type: 'text', text: 5 }], [{ type: 5, text: 'a' }]])('[S9] %j is no content', (value) => {
    expect(checkContent(value)).toMatchObject({ ok: false, code: 'bad_content' })
  })

  test('[S9] a type this server does not know is unsupported', () => {
    expect(checkContent({ type: 'hologram', text: 'x' })).toMatchObject({ ok: false, code: 'unsupported' })
  })

  test('[T5] unknown fields of content are left out', () => {
    expect(checkContent({ ...text('a'), colour: 'red' })).toEqual({ ok: true, content: text('a') })
  })
})

describe('attachments', () => {
  test.each([{}, { width: 0, height: 0 }, { duration: 1.25 }, { size: 0 }])('[S9] %j is accepted', (change) => {
    expect(checkContent(image(change))).toEqual({ ok: true, content: image(change) })
  })

  test.each([{ size: -1 }, { size: 1.5 }, { size: Infinity }, { id: '' }, { id: 'x'.repeat(65) }, { name: 'n'.repeat(256) }, { width: -1 }, { width: '10' }, { name: 'a\0b' }, { mime: '\ud800' }])(
    '[S9] %j is refused', (change) => {
      expect(checkContent(image(change))).toMatchObject({ ok: false, code: 'bad_content' })
    })

  test('[S9] may be described, within a limit', () => {
    const described = (alt: unknown) => ({ ...image(), alt })
    expect(checkContent(described('a cat'))).toEqual({ ok: true, content: described('a cat') })
    expect(checkContent(described('猫'.repeat(limits.altCodePoints)))).toMatchObject({ ok: true })
    expect(checkContent(described('a'.repeat(limits.altCodePoints + 1)))).toMatchObject({ ok: false, code: 'too_long' })
    for (const alt of [5, 'nul\0']) expect(checkContent(described(alt))).toMatchObject({ ok: false, code: 'bad_content' })
  })

  test.each(['width', 'height', 'duration'])('[S9] a %s beyond the doubles is refused, since JSON would store it as null', (field) => {
    expect(checkContent(image({ [field]: Infinity }))).toMatchObject({ ok: false, code: 'bad_content' })
  })
})

describe('custom data', () => {
  test('[S9] depth 8 is accepted, 9 is not', () => {
    expect(checkContent(custom(nested(limits.jsonDepth)))).toMatchObject({ ok: true })
    expect(checkContent(custom(nested(limits.jsonDepth + 1)))).toMatchObject({ ok: false, code: 'bad_content' })
  })

  test('[S9] 16 KiB of JSON is accepted, one byte more is not', () => {
    const room = limits.customDataBytes - 2
    expect(checkContent(custom('x'.repeat(room)))).toMatchObject({ ok: true })
    expect(checkContent(custom('x'.repeat(room + 1)))).toMatchObject({ ok: false, code: 'too_long' })
    expect(checkContent(custom('早'.repeat(Math.floor(room / 3) + 1)))).toMatchObject({ ok: false, code: 'too_long' })
  })

  test.each([[{ a: '\ud800' }], [{ '\udc00': 1 }], [['\0']], [{ a: [{ b: Infinity }] }]])('[S9] %j somewhere inside is refused', (data) => {
    expect(checkContent(custom(data))).toMatchObject({ ok: false, code: 'bad_content' })
  })

  test.each([[null], [false], [0], [''], [[]], [{ a: { b: [1, 'two', null] } }]])('[S9] %j is stored as sent', (data) => {
    expect(checkContent(custom(data))).toEqual({ ok: true, content: custom(data) })
  })

  test('[S9] a __proto__ key is data like any other', () => {
    const data: unknown = JSON.parse('{"__proto__":{"admin":true}}')
    const verdict = checkContent(custom(data))
    expect(JSON.stringify(verdict.ok && verdict.content.type === 'custom' && verdict.content.data)).toBe('{"__proto__":{"admin":true}}')
  })
})

describe('measuring', () => {
  test.each([[1, 0], ['x', 0], [null, 0], [[], 1], [{}, 1], [[[]], 2], [{ a: [1] }, 2]])('depth of %j is %i', (value, depth) => {
    expect(jsonDepth(value, 20)).toBe(depth)
  })

  test('depth stops one past the limit', () => {
    expect(jsonDepth(nested(50), 8)).toBe(9)
  })

  test.each([['', 0], ['a', 1], ['👍', 1], ['👍🏽', 2], ['\ud83d', 1], ['\ude00\ud83d', 2]])('%j has %i code points', (value, count) => {
    expect(codePointLength(value)).toBe(count)
  })
})
