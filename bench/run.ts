import { availableParallelism, cpus, loadavg } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { caseReport } from '#parley/bench/report/table.ts'
import { writeReadme } from '#parley/bench/report/readme.ts'
import { scenarios } from '#parley/bench/scenarios/all.ts'
import { runClient } from '#parley/bench/scenarios/client-process.ts'
import { runCase } from '#parley/bench/scenarios/run-case.ts'
import { systems } from '#parley/bench/systems/all.ts'
import { pinned } from '#parley/bench/systems/child.ts'
import { checkBuild } from '#parley/bench/systems/parley.ts'

/**
 *   npm run bench                                    everything, three rounds
 *   npm run bench -- --quick                         everything, one short round
 *   npm run bench -- P1 P2 room=50 system=parley,ws-string
 *
 * Options: --rounds=<n>, --seconds=<n> of each measured window, --write puts the tables into bench/README.md, --profile=<folder> keeps a
 * CPU profile of every server (and costs some of its speed).
 */
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string' }, seconds: { type: 'string' }, profile: { type: 'string' }, write: { type: 'boolean', default: false } },
})
const quick = options.quick
const scale = { quick, warmup: quick ? 1 : 2, seconds: Number(options.seconds ?? (quick ? 2 : 4)) }
const rounds = Number(options.rounds ?? (quick ? 1 : 3))
const names = positionals.filter(word => !word.includes('=')).map(word => word.toUpperCase())
const choices = positionals.filter(word => word.includes('=')).map(word => word.split('=', 2) as [string, string])
const chosenSystems = choices.find(([key]) => key === 'system')?.[1].split(',')
const settings = choices.filter(([key]) => key !== 'system')

const wanted = (name: string): boolean => names.length === 0 || names.includes(name)

const known = [...scenarios.map(scenario => scenario.name), 'P9']
const unknown = [...names.filter(name => !known.includes(name)), ...(chosenSystems ?? []).filter(name => !systems.some(system => system.name === name))]
if (unknown.length > 0 || !(rounds > 0) || !(scale.seconds > 0)) {
  console.error(`unknown: ${unknown.join(' ')}\nscenarios: ${known.join(' ')}\nsystems: ${systems.map(system => system.name).join(' ')}`)
  process.exit(2)
}
try {
  checkBuild()
}
catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(2)
}

if (options.profile !== undefined) process.env['PARLEY_BENCH_PROFILE'] = resolve(options.profile)
const started = performance.now()
const machine = `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.version}, ${pinned ? 'server and generator on a core each' : 'not pinned: server and generator share cores'}`
console.log(`${machine}; ${rounds} round${rounds === 1 ? '' : 's'} of ${scale.seconds} s\n`)
const reports: string[] = []

/** After each case: a long run that is ended early has not been for nothing. */
function keep(): void {
  if (!options.write) return
  const command = ['npm run bench', ...process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : []].join(' ')
  const minutes = ((performance.now() - started) / 60_000).toFixed(0)
  writeReadme(`${machine}. \`${command}\`, ${rounds} round${rounds === 1 ? '' : 's'} of ${scale.seconds} s, ${minutes} minutes. One-minute load of the machine at the end: ${loadavg()[0]?.toFixed(1)}; above 2 others were at work on it too.`, reports)
}

for (const scenario of scenarios) {
  if (!wanted(scenario.name)) continue
  const cases = scenario.cases(scale).filter(subject => settings.every(([key, value]) => String(subject.settings[key]) === value))
  for (const subject of cases) {
    const taking = systems.filter(system => subject.systems.includes(system.name) && (chosenSystems?.includes(system.name) ?? true))
    const report = caseReport(scenario.name, subject, await runCase(subject, taking, rounds, line => console.error(line)))
    reports.push(report)
    keep()
    console.log(`${report}\n`)
  }
}
if (wanted('P9') && settings.length === 0 && (chosenSystems?.includes('parley') ?? true)) reports.push(await runClient(quick))
keep()
process.exit(0)
