import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { describeFuzz } from '#parley/scripts/fuzz/report.ts'
import { runFuzz } from '#parley/scripts/fuzz/run.ts'
import { serverEntry } from '#parley/tests/helpers/build.ts'

/**
 * Minutes of mutated requests and frames against the built server, while people talk on it (X40):
 *
 *   npm run build && npm run fuzz -- --minutes 10 --seed 7
 *
 * The cases follow from the seed alone. Exits with 1 when anything was wrong.
 */
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } } })
const [minutes, seed] = [Number(values.minutes), Number(values.seed)]
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.error('usage: npm run fuzz -- --minutes <n> --seed <n>')
  process.exit(2)
}
if (!existsSync(serverEntry)) {
  console.error('there is no built server: run npm run build first')
  process.exit(2)
}

console.log(`fuzz: seed ${seed}, ${minutes} min`)
const report = await runFuzz({ seed, seconds: minutes * 60, print: line => console.log(line) })
console.log(`\n${describeFuzz(report)}`)
if (report.violations.length > 0) console.log(`again: npm run fuzz -- --minutes ${minutes} --seed ${seed}`)
process.exit(report.violations.length > 0 ? 1 : 0)
