import { describe, expect, it } from 'vitest'
import { openSqlite } from '#parley/tests/helpers/sim/stores.ts'
import { describeFailure, planOf, runWorld } from '#parley/tests/helpers/sim/world.ts'

/** The worlds of sim.test.ts on the SQLite store: other seeds, since equal ones would go the same way. */
const seeds = Array.from({ length: 50 }, (_, index) => index + 151)

describe('[S2] [S3] [S6] [O3] [O4] every page shows the log, whatever fails, on SQLite', () => {
  it.each(seeds)('seed %i', async (seed) => {
    const report = await runWorld(planOf(seed, openSqlite))
    if (report.violations.length > 0) expect.fail(describeFailure(report, 'sqlite'))
    expect(report.events).toBeGreaterThan(0)
  })
})
