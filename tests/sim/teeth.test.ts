import { describe, expect, it } from 'vitest'
import { openMemory } from '#parley/tests/helpers/sim/stores.ts'
import { planOf, runWorld } from '#parley/tests/helpers/sim/world.ts'
import { plantedBugs } from '#parley/tests/sim/planted-bugs.ts'

/** Seeds within which each bug must be found; found in the first few, as a rule. */
const patience = 12

describe('the simulation finds planted bugs', () => {
  it.each(plantedBugs)('$name', async ({ caught, plan, doors }) => {
    const seen: string[] = []
    for (let seed = 1; seed <= patience; seed++) {
      const { violations } = await runWorld({ ...planOf(seed, openMemory, doors), ...plan })
      if (violations.some(violation => caught.test(violation))) return
      seen.push(...violations.slice(0, 2))
    }
    expect.fail(`not caught in ${patience} seeds; seen instead: ${seen.join(' | ') || 'nothing'}`)
  })

  it.each(plantedBugs)('$name: the same worlds without it do not show it', async ({ caught, plan }) => {
    for (const seed of [1, 2]) {
      const { violations } = await runWorld({ ...planOf(seed, openMemory), ...plan })
      expect(violations.filter(violation => caught.test(violation))).toEqual([])
    }
  })
})
