import type { Level } from '#parley/cli/doctor/finding.ts'
import { mendLines } from '#parley/cli/doctor/mends.ts'
import type { Report } from '#parley/cli/doctor/doctor.ts'

const signs: Readonly<Record<Level, string>> = { ok: 'ok     ', note: 'note   ', warning: 'WARNING', fault: 'FAULT  ' }

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`

/** One line for each finding, and under it the lines that mend it. */
export function textReport({ findings, proxy }: Report): string {
  const lines = findings.flatMap(({ subject, level, message, mend }) => [
    `${signs[level]} ${subject.padEnd(10)} ${message}`,
    ...(mend === undefined ? [] : mendLines(mend, proxy).map(([program, line]) => `${' '.repeat(19)}${program}: ${line}`)),
  ])
  const of = (level: Level) => findings.filter(finding => finding.level === level).length
  return [...lines, '', `${count(of('fault'), 'fault')}, ${count(of('warning'), 'warning')}`].join('\n')
}

/** The same for programs: `{ faults, warnings, proxy?, findings: [{ subject, level, message, mend?: { nginx?: … } }] }`. */
export function jsonReport({ findings, proxy }: Report): string {
  const of = (level: Level) => findings.filter(finding => finding.level === level).length
  const told = findings.map(({ mend, ...finding }) => ({ ...finding, ...(mend === undefined ? {} : { mend: Object.fromEntries(mendLines(mend, proxy)) }) }))
  return JSON.stringify({ faults: of('fault'), warnings: of('warning'), ...(proxy === undefined ? {} : { proxy }), findings: told }, null, 2)
}

/** 1 when there is a fault; warnings alone are no failure. */
export const exitCode = ({ findings }: Report): number => (findings.some(({ level }) => level === 'fault') ? 1 : 0)
