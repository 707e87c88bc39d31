import { expect, test } from 'vitest'
import { describeFuzz } from '#parley/scripts/fuzz/report.ts'
import { runFuzz } from '#parley/scripts/fuzz/run.ts'

/** The long runs are `npm run fuzz`; another seed each time would fail on somebody who changed nothing. */
test('[X40] a minute of nonsense from everybody: the server lives, answers well-formed, forgets it all, and two people talk on undisturbed', async () => {
  const printed: string[] = []
  const report = await runFuzz({ seed: 40, seconds: 60, print: line => printed.push(line) })
  expect(report.violations, `${printed.join('\n')}\n${describeFuzz(report)}`).toEqual([])
  expect(report.unvisited).toEqual([])
  expect(report.cases).toBeGreaterThan(300)
  expect(Object.keys(report.closes)).toEqual(expect.arrayContaining(['1002', '1007', '1009']))
  expect(Object.keys(report.statuses)).toEqual(expect.arrayContaining(['200', '400', '401', '403', '404']))
  expect(report.witnessed).toBeGreaterThan(20)
}, 150_000)
