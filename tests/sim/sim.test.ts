import { describe, expect, it } from 'vitest'
import { openMemory } from '#parley/tests/helpers/sim/stores.ts'
import { describeFailure, planOf, runWorld } from '#parley/tests/helpers/sim/world.ts'

/**
 * The real server core and the real client core, three people on four pages, one or two nodes, every kind of trouble, in virtual time.
 * Each seed is a world of its own; `npm run sim` runs as many as one likes. The store here is the one in memory, see sim-sqlite.test.ts.
 */
const seeds = Array.from({ length: 150 }, (_, index) => index + 1)

describe('[S2] [S3] [S6] [O3] [O4] every page shows the log, whatever fails', () => {
  it.each(seeds)('seed %i', async (seed) => {
    const report = await runWorld(planOf(seed, openMemory))
    if (report.violations.length > 0) expect.fail(describeFailure(report))
    expect(report.events).toBeGreaterThan(0)
  })
})
