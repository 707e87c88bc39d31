import { parseArgs } from 'node:util'
import { openMemory, openSqlite } from '#parley/tests/helpers/sim/stores.ts'
import { describeFailure, planOf, runWorld } from '#parley/tests/helpers/sim/world.ts'
import type { WorldPlan } from '#parley/tests/helpers/sim/world.ts'

/**
 * Long runs of the deterministic simulation, outside the test suite:
 *
 *   npm run sim -- --seeds 100000 --from 1 [--store memory|sqlite|both] [--plan '{"nodes":2}'] [--tally] [--trace] [--verbose]
 *
 * `--plan` sets parts of every world's plan (WorldPlan) that its seed would choose.
 * Exits with 1 at the first seed that fails (`--keep-going` for all), after printing what is wrong and how to see it again.
 */
const { values } = parseArgs({
  options: {
    'seeds': { type: 'string', default: '1000' },
    'from': { type: 'string', default: '1' },
    'store': { type: 'string', default: 'both' },
    'plan': { type: 'string' },
    'trace': { type: 'boolean', default: false },
    'verbose': { type: 'boolean', default: false },
    'tally': { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
  },
})

const from = Number(values.from)
const count = Number(values.seeds)
if (!Number.isSafeInteger(from) || !Number.isSafeInteger(count) || !['memory', 'sqlite', 'both'].includes(values.store)) {
  console.error('usage: npm run sim -- --seeds <n> --from <n> [--store memory|sqlite|both] [--plan <json>] [--tally] [--trace] [--verbose] [--keep-going]')
  process.exit(2)
}

const chosen = JSON.parse(values.plan ?? '{}') as Partial<WorldPlan>
const started = performance.now()
const failed: number[] = []
/** Of each kind of thing that happened: in how many seeds, and how often. */
const tally = new Map<string, [number, number]>()
let steps = 0
let events = 0
for (let seed = from; seed < from + count; seed++) {
  const store = values.store === 'sqlite' || (values.store === 'both' && seed % 4 === 0) ? 'sqlite' : 'memory'
  const report = await runWorld({ ...planOf(seed, store === 'sqlite' ? openSqlite : openMemory), ...chosen, verbose: values.verbose })
  steps += report.steps
  events += report.events
  for (const [kind, times] of report.tally) tally.set(kind, [(tally.get(kind)?.[0] ?? 0) + 1, (tally.get(kind)?.[1] ?? 0) + times])
  if (report.violations.length > 0) {
    failed.push(seed)
    console.log(describeFailure(report, store, values.plan))
    if (!values['keep-going']) break
  }
  else if (values.trace) {
    console.log([...report.trace, `digest ${report.digest.toString(16)}`].join('\n'))
  }
  if ((seed - from + 1) % 100 === 0) console.log(`${seed - from + 1} seeds, ${failed.length} failed, ${((performance.now() - started) / 1000).toFixed(0)} s`)
}
if (values.tally) for (const [kind, [seeds, times]] of [...tally].sort(([a], [b]) => a < b ? -1 : 1)) console.log(`${String(seeds).padStart(6)} seeds ${String(times).padStart(8)} ×  ${kind}`)
const seconds = (performance.now() - started) / 1000
console.log(`sim: ${failed.length === 0 ? 'no violation' : `failed seeds ${failed.join(' ')}`} in seeds ${from}–${from + count - 1}: ${events} log entries, ${steps} steps, ${seconds.toFixed(1)} s`)
process.exit(failed.length === 0 ? 0 : 1)
