import { createSeededRandom } from '#parley/tests/helpers/seeded-random.ts'

/** Chance that follows from a seed. */
export interface Dice {
  /** An integer in [0, limit). */
  below(limit: number): number
  chance(share: number): boolean
  pick<T>(items: readonly T[]): T
  /** A lower-case UUID, as a cid wants it. */
  cid(): string
}

export function createDice(seed: number): Dice {
  const random = createSeededRandom(seed)
  return {
    below: random.below,
    chance: share => random.next() < share,
    pick: items => items[random.below(items.length)]!,
    cid: () => random.cid(),
  }
}
