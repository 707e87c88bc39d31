import { describe, expect, it } from 'vitest'
import { openMemory, openSqlite } from '#parley/tests/helpers/sim/stores.ts'
import { describeFailure, planOf, runWorld } from '#parley/tests/helpers/sim/world.ts'

/** One test per seed. The seeds are split over several files, since vitest runs files, not tests, side by side. */
export function testSeeds(store: 'memory' | 'sqlite', from: number, count: number): void {
  const open = store === 'sqlite' ? openSqlite : openMemory
  describe(`[S2] [S3] [S6] [O3] [O4] every page shows the log, whatever fails (${store})`, () => {
    it.each(Array.from({ length: count }, (_, index) => from + index))('seed %i', async (seed) => {
      const report = await runWorld(planOf(seed, open))
      if (report.violations.length > 0) expect.fail(describeFailure(report, store))
      expect(report.events).toBeGreaterThan(0)
    })
  })
}
