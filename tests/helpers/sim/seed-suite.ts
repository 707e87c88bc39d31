import { describe, expect, it } from 'vitest'
import { mustHappen } from '#parley/tests/helpers/sim/coverage.ts'
import { openMemory, openSqlite } from '#parley/tests/helpers/sim/stores.ts'
import { describeFailure, planOf, runWorld } from '#parley/tests/helpers/sim/world.ts'

/**
 * One test per seed, and one that they met what they are to speak for. The seeds are split over several files, since vitest runs files,
 * not tests, side by side.
 */
export function testSeeds(store: 'memory' | 'sqlite', from: number, count: number): void {
  const open = store === 'sqlite' ? openSqlite : openMemory
  describe(`[S2] [S3] [S6] [O3] [O4] every page shows the log, whatever fails (${store})`, () => {
    const met = new Set<string>()
    it.each(Array.from({ length: count }, (_, index) => from + index))('seed %i', async (seed) => {
      const report = await runWorld(planOf(seed, open))
      for (const kind of report.tally.keys()) met.add(kind)
      if (report.violations.length > 0) expect.fail(describeFailure(report, store))
      expect(report.events).toBeGreaterThan(0)
    })
    it.each(Object.entries(mustHappen))('these seeds met %s', (_name, kinds) => {
      expect(kinds.filter(kind => !met.has(kind))).toEqual([])
    })
  })
}
