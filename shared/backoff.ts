import { timing } from '#parley/shared/protocol/limits.ts'

/**
 * Full-jitter backoff (C2): a uniformly random share of `0.5 s · 2ⁿ`, at most 30 s. Equal steps would bring all clients of a
 * restarted server back in the same instant, again and again.
 *
 * @param attempt failed attempts so far, from 0
 * @param random a number in [0, 1)
 * @returns milliseconds to wait
 */
export function backoffDelay(attempt: number, random: number): number {
  const ceiling = Math.min(timing.backoffMax, timing.backoffBase * 2 ** Math.min(attempt, 16))
  return Math.round(random * ceiling)
}
