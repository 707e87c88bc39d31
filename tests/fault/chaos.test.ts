import { expect, test } from 'vitest'
import { runChaos } from '#parley/scripts/chaos/run.ts'

/** The long runs are `npm run chaos`; this one shows that they still run. */
test('[S2, S3, S6] a few seconds of mixed faults: nothing lost, doubled or out of order', async () => {
  const log: string[] = []
  const report = await runChaos({ seed: 10, seconds: 8, clients: 4, tabs: 0, print: line => log.push(line) })
  expect(report.violations, log.join('\n')).toEqual([])
  expect(report.acknowledged).toBeGreaterThan(10)
  expect(report.healed.count).toBeGreaterThan(0)
}, 150_000)
