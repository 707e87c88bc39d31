import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { medianRun } from '#parley/bench/report/median.ts'
import { markdownTable, numberText } from '#parley/bench/report/table.ts'
import { scenarios } from '#parley/bench/scenarios/all.ts'
import { runCase } from '#parley/bench/scenarios/run-case.ts'
import { parleySystem, projectRoot } from '#parley/bench/systems/parley.ts'

/**
 *   npm run bench:compare -- <commit> <commit> P1 room=2 [--rounds=5] [--seconds=4]
 *
 * Builds two commits in temporary clones and measures them in turn. The bench is that of this working tree in both, so a commit may be
 * older than the bench; its own sources fill the data folder.
 */
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '4' } },
})
const [before, after, name = 'P1', ...rest] = positionals
const scenario = scenarios.find(one => one.name === name.toUpperCase())
if (before === undefined || after === undefined || scenario === undefined) {
  console.error(`usage: npm run bench:compare -- <commit> <commit> <scenario> [setting=value …] [--rounds=<n>] [--seconds=<n>]\nscenarios: ${scenarios.map(one => one.name).join(' ')}`)
  process.exit(2)
}
const settings = rest.map(word => word.split('=', 2) as [string, string])
const folder = mkdtempSync(join(tmpdir(), 'parley-compare-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
process.once('SIGINT', () => process.exit(130))

/** A clone of the commit with its own packages, the bench of this tree, and a build. */
function build(commit: string): string {
  const root = join(folder, commit.replaceAll(/[^\w.-]/g, '-'))
  if (existsSync(root)) return root
  const run = (command: string, ...parameters: string[]): string => execFileSync(command, parameters, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  console.error(`building ${commit}`)
  execFileSync('git', ['clone', '--quiet', '--no-checkout', projectRoot, root])
  run('git', 'checkout', '--quiet', '--detach', commit)
  run('npm', 'ci', '--no-audit', '--no-fund')
  run('npm', 'run', '--silent', 'build')
  // After the build, which would otherwise see another version's files.
  rmSync(join(root, 'bench'), { recursive: true, force: true })
  cpSync(join(projectRoot, 'bench'), join(root, 'bench'), { recursive: true })
  return root
}

/** A commit's full id: a branch's name means another commit in a clone. */
const idOf = (commit: string): string => execFileSync('git', ['rev-parse', '--verify', `${commit}^{commit}`], { cwd: projectRoot, encoding: 'utf8' }).trim()

const roots = [build(idOf(before)), build(idOf(after))]
const names = [`${before} (before)`, `${after} (after)`] as const
const systems = names.map((label, place) => parleySystem({ name: label, root: roots[place]! }))

const scale = { quick: false, warmup: 2, seconds: Number(options.seconds) }
for (const subject of scenario.cases(scale).filter(one => settings.every(([key, value]) => String(one.settings[key]) === value))) {
  const rounds = await runCase(subject, systems, Number(options.rounds), line => console.error(line))
  const [old, now] = names.map(label => medianRun(rounds, label))
  const rows = subject.columns.map(({ key, title, digits }) => {
    const [a = Number.NaN, b = Number.NaN] = [old?.values[key], now?.values[key]]
    return [title, numberText(a, digits), numberText(b, digits), numberText(b / a, 2)]
  })
  rows.push(['faults', numberText(old?.values['faults'] ?? Number.NaN), numberText(now?.values['faults'] ?? Number.NaN), ''])
  console.log(`${scenario.name}, ${subject.title}\n\n${markdownTable(['', before, after, 'ratio'], rows)}\n`)
  for (const note of [...old?.notes ?? [], ...now?.notes ?? []]) console.log(`- ${note}`)
}
process.exit(0)
