import { existsSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runChaos } from '#parley/scripts/chaos/run.ts'
import { describeReport } from '#parley/scripts/chaos/report.ts'
import { serverEntry } from '#parley/tests/helpers/build.ts'

/**
 * Minutes of mixed random faults on the built server, with real Chromium tabs and headless clients:
 *
 *   npm run build && npm run chaos -- --minutes 3 --seed 7 [--tabs 2] [--clients 6] [--json FILE]
 *
 * The faults follow from the seed alone. Exits with 1 when anything was lost, doubled, out of order or otherwise wrong.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    tabs: { type: 'string', default: '2' },
    clients: { type: 'string', default: '6' },
    json: { type: 'string' },
  },
})
const [minutes, seed, tabs, clients] = [Number(values.minutes), Number(values.seed), Number(values.tabs), Number(values.clients)]
const counts = [seed, tabs, clients].every(count => Number.isSafeInteger(count) && count >= 0)
// The first two headless clients are the devices of one account; fewer leave nobody to talk to.
if (!(minutes > 0) || !counts || clients < 2 || tabs + clients < 3) {
  console.error('usage: npm run chaos -- --minutes <n> --seed <n> [--tabs <n>] [--clients <n, at least 2; 3 with the tabs>] [--json <file>]')
  process.exit(2)
}
if (!existsSync(serverEntry)) {
  console.error('there is no built server: run npm run build first')
  process.exit(2)
}

console.log(`chaos: seed ${seed}, ${minutes} min, ${tabs} tabs, ${clients} headless clients`)
const report = await runChaos({ seed, seconds: minutes * 60, tabs, clients, print: line => console.log(line) })
console.log(`\n${describeReport(report)}`)
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
const wrong = report.violations.length > 0
console.log(wrong ? `\nchaos: ${report.violations.length} violations; again: npm run chaos -- --minutes ${minutes} --seed ${seed} --tabs ${tabs} --clients ${clients}` : '\nchaos: nothing lost, nothing doubled, nothing out of order')
process.exit(wrong ? 1 : 0)
