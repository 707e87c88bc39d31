import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffDelay } from '#parley/shared/backoff.ts'
import { timing } from '#parley/shared/protocol/index.ts'

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('[C2] the delay lies between 0 and 0.5 s · 2ⁿ, never over 30 s', () => {
  fc.assert(fc.property(fc.nat(5_000), share, (attempt, random) => {
    const delay = backoffDelay(attempt, random)
    expect(delay).toBeGreaterThanOrEqual(0)
    expect(delay).toBeLessThanOrEqual(Math.min(timing.backoffMax, timing.backoffBase * 2 ** attempt))
    expect(Number.isInteger(delay)).toBe(true)
  }))
})

test('[C2] the jitter is full: the delay grows with the random number over the whole range', () => {
  expect(backoffDelay(3, 0)).toBe(0)
  expect(backoffDelay(3, 0.5)).toBe(timing.backoffBase * 4)
  expect(backoffDelay(3, 0.999_999)).toBe(timing.backoffBase * 8)
})

test('[C2] the ceiling doubles with each attempt and then stays', () => {
  const ceilings = Array.from({ length: 9 }, (_, attempt) => backoffDelay(attempt, 0.999_999_9))
  expect(ceilings).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
})
