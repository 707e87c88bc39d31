import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isCid, makeCid } from '#parley/shared/cid.ts'

const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 })
const time = fc.integer({ min: 0, max: 2 ** 47 })

test('[S9] every cid made is a lower-case UUIDv7 that carries its time', () => {
  fc.assert(fc.property(bytes, time, (random, now) => {
    const cid = makeCid(random, now)
    expect(isCid(cid)).toBe(true)
    expect(cid).toMatch(/^.{14}7.{4}[89ab]/)
    expect(Number.parseInt(cid.replaceAll('-', '').slice(0, 12), 16)).toBe(now)
  }))
})

test('[S3] a cid depends on nothing but the bytes and the time given', () => {
  fc.assert(fc.property(bytes, time, (random, now) => {
    expect(makeCid(random.slice(), now)).toBe(makeCid(random.slice(), now))
  }))
})

test('[S3] other bytes in the same millisecond give another cid', () => {
  const seen = new Set(Array.from({ length: 256 }, (_, n) => makeCid(new Uint8Array(16).fill(n), 1_000)))
  expect(seen.size).toBe(256)
})

test.each([
  '01890000-0000-7000-8000-000000000001', '01890000-0000-4000-8000-000000000001', '00000000-0000-0000-0000-000000000000',
])('[S9] %s is a cid: any lower-case UUID is', (value) => {
  expect(isCid(value)).toBe(true)
})

test.each(['', 'x', '01890000-0000-7000-8000-00000000000', '01890000-0000-7000-8000-000000000001\n', '0189000A-0000-7000-8000-000000000001', '{01890000-0000-7000-8000-000000000001}', null, 7, {}])(
  '[S9] %j is no cid', (value) => {
    expect(isCid(value)).toBe(false)
  })
