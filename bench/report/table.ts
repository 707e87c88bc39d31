import { median, medianRun } from '#parley/bench/report/median.ts'
import type { Case, Round, Target } from '#parley/bench/scenarios/scenario.ts'

/** `1234567.891` with 1 digit: `1,234,567.9`; a dash for what could not be measured. */
export const numberText = (value: number, digits = 0): string => !Number.isFinite(value) ? '–' : value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })

/** A Markdown table whose columns line up in a terminal too. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, 3, ...rows.map(row => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(header), rule, ...rows.map(line)].join('\n')
}

/** One line for a target: what was reached in the median round, and in how many rounds it was met. Undefined: not measured. */
export function targetLine(target: Target, rounds: readonly Round[]): string | undefined {
  const verdicts = rounds.flatMap(round => target.judge(round) ?? [])
  if (verdicts.length === 0) return undefined
  const met = verdicts.filter(verdict => verdict.met).length
  const reached = median(verdicts.map(verdict => verdict.reached))
  const bound = median(verdicts.map(verdict => verdict.bound))
  const sign = verdicts.every(verdict => verdict.met) ? '✓' : '✗'
  return `${sign} ${target.what}: ${numberText(reached, target.digits)} ${target.unit ?? ''} (target ${numberText(bound, target.digits)}), met ${met} of ${verdicts.length}`.replaceAll('  ', ' ')
}

/** The table of a case with its targets and notes, as Markdown. */
export function caseReport(scenario: string, subject: Case, rounds: readonly Round[]): string {
  const rows: string[][] = []
  const notes: string[] = []
  for (const system of subject.systems) {
    const run = medianRun(rounds, system)
    if (!run) continue
    rows.push([system, ...subject.columns.map(({ key, digits }) => (run.values[key] === undefined ? '' : numberText(run.values[key], digits))), numberText(run.values['faults'] ?? 0)])
    notes.push(...run.notes.map(note => `- ${system}: ${note}`))
  }
  const targets = subject.targets.flatMap(target => targetLine(target, rounds) ?? [])
  return [
    `### ${scenario}, ${subject.title}`,
    markdownTable(['system', ...subject.columns.map(column => column.title), 'faults'], rows),
    targets.map(line => `- ${line}`).join('\n'),
    notes.join('\n'),
  ].filter(part => part !== '').join('\n\n')
}
