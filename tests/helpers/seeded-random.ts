import { makeCid } from '#parley/shared/cid.ts'
import type { Random } from '#parley/server/chat/ports.ts'

export interface SeededRandom extends Random {
  /** An integer in [0, limit). */
  below(limit: number): number
}

/** The same numbers and ids for the same seed (mulberry32). */
export function createSeededRandom(seed = 1): SeededRandom {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6D2B79F5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const bytes = () => Uint8Array.from({ length: 16 }, () => Math.floor(next() * 256))
  return {
    next,
    below: limit => Math.floor(next() * limit),
    id: () => [...bytes()].map(byte => byte.toString(16).padStart(2, '0')).join(''),
    cid: () => makeCid(bytes(), Math.floor(next() * 1e12)),
  }
}
