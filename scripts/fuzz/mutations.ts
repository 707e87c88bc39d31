import type { Dice } from '#parley/scripts/fuzz/dice.ts'

/** Texts that have broken parsers, databases, terminals and people's patience before. */
const oddTexts: readonly string[] = [
  '', ' ', '\u0000', 'a\u0000b', '\uD800', '\uDC00\uD800', '\uFEFF', '\u202Eabc', '\u200B'.repeat(50), 'é'.repeat(2_000), 'e' + '\u0301'.repeat(5_000), '👩‍👩‍👧‍👦'.repeat(500),
  'x'.repeat(8_001), 'x'.repeat(70_000), '__proto__', 'constructor', 'toString', 'hasOwnProperty', '../../etc/passwd', '..%2f..%2f', '%00', '%', '%zz', '%ff', '%E0%A4%A', '\r\nX-Evil: 1\r\n\r\n',
  '\' or 1=1 --', '"; drop table users; --', 'a" NEAR("b', '(((((((', '*', '-', 'AND OR NOT', 'text:', '{"a":1}', '[object Object]', 'null', 'undefined', 'NaN', 'true', '-1', '0', '1e309', '9007199254740993', '0x10', '1,2,3',
  '<script>alert(1)</script>', 'javascript:alert(1)', '=cmd|\' /C calc\'!A0', '@all', `@${'x'.repeat(500)}`, '```'.repeat(400), '['.repeat(3_000), '(a+)+$'.repeat(20), `${'a'.repeat(300)}!`, '\u0007\u001B[2J',
]

const oddValues: readonly unknown[] = [null, true, false, 0, -0, -1, 1, 0.5, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, [], {}, [[]], [null], { type: 'text' }, { __proto__: null }, [[[[[[[[[[]]]]]]]]]]]

const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

function oddValue(dice: Dice): unknown {
  if (dice.chance(0.5)) return dice.pick(oddTexts)
  if (dice.chance(0.1)) return JSON.parse(deep(dice.pick([9, 60, 900]))) as unknown
  if (dice.chance(0.1)) return Array.from({ length: dice.pick([65, 201, 3_000]) }, (_, n) => (dice.chance(0.5) ? n : 'x'))
  if (dice.chance(0.1)) return Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`k${n}`, n]))
  return dice.pick(oddValues)
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A copy of a value with something in it, or all of it, changed. */
export function mutated(dice: Dice, value: unknown): unknown {
  if (dice.chance(0.12)) return oddValue(dice)
  if (Array.isArray(value)) return dice.chance(0.3) ? [...value as unknown[], oddValue(dice)] : value.map((item: unknown) => (dice.chance(0.5) ? mutated(dice, item) : item))
  if (!isObject(value)) return dice.chance(0.4) ? oddValue(dice) : value
  const keys = Object.keys(value)
  if (keys.length === 0) return oddValue(dice)
  const key = dice.pick(keys)
  const { [key]: old, ...rest } = value
  switch (dice.below(6)) {
    case 0: return rest
    case 1: return { ...value, [dice.pick(oddTexts)]: oddValue(dice) }
    case 2: return { ...rest, [key.toUpperCase()]: old }
    case 3: return { ...value, [key]: oddValue(dice) }
    default: return { ...value, [key]: mutated(dice, old) }
  }
}

/** JSON that a parser takes but no serialiser makes. */
function oddJson(dice: Dice, json: string): string {
  switch (dice.below(7)) {
    case 0: return deep(dice.pick([50, 2_000, 15_000]))
    case 1: return `${' '.repeat(dice.below(3_000))}${json}`
    case 2: return json.replace(/"([a-z]+)":/i, '"$1":1,"$1":')
    case 3: return json.replace(/^\{/, '{"__proto__":{"type":"send","admin":true},')
    case 4: return json.replace(/"/g, '\'')
    case 5: return `${json}${json}`
    default: return json.replace(/[a-z]/g, letter => (dice.chance(0.1) ? `\\u00${letter.charCodeAt(0).toString(16)}` : letter))
  }
}

/** A value as bytes: mostly its JSON, sometimes odd JSON. */
export function jsonBytes(dice: Dice, value: unknown): Buffer {
  const json = JSON.stringify(value) ?? ''
  return Buffer.from(dice.chance(0.1) ? oddJson(dice, json) : json)
}

const junk: readonly Buffer[] = ['ff', 'c0af', 'eda080', 'f4908080', '00', '0d0a', '0d0a0d0a', 'efbbbf', '80', '22', '7b', '1f8b08'].map(hex => Buffer.from(hex, 'hex'))

/** Truncated, flipped, doubled, cut, mixed with what is no UTF-8. */
export function mutatedBytes(dice: Dice, bytes: Buffer): Buffer {
  const at = dice.below(bytes.length + 1)
  const end = Math.min(bytes.length, at + 1 + dice.below(40))
  switch (dice.below(6)) {
    case 0: return bytes.subarray(0, at)
    case 1: return Buffer.concat([bytes.subarray(0, at), dice.pick(junk), bytes.subarray(at)])
    case 2: return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)])
    case 3: return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)])
    case 4: return Buffer.from(bytes.map((byte, place) => (place >= at && place < end && dice.chance(0.5) ? byte ^ (1 << dice.below(8)) : byte)))
    default: return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(1 + dice.below(3_000), dice.below(256)), bytes.subarray(at)])
  }
}

/** A part of a path or a value of a query as one could write it. */
export const oddPart = (dice: Dice): string => (dice.chance(0.5) ? encodeURIComponent(dice.pick(oddTexts).toWellFormed()) : dice.pick(oddTexts).replaceAll(/[\0\r\n ]/g, '+').slice(0, 9_000))
