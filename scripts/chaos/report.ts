/** What a run of faults found. Times in ms. */
export interface ChaosReport {
  seed: number
  seconds: number
  clients: number
  tabs: number
  accounts: number
  conversations: number
  ops: Record<string, number>
  pressed: number
  acknowledged: number
  /** Told to their author as failed: an edit of what was deleted meanwhile, say. */
  refused: number
  /** Pressed in the moment in which the page was reloaded, before any disk had it; the page never said otherwise. */
  unkept: number
  faults: Record<string, number>
  lost: number
  doubled: number
  outOfOrder: number
  /** Violations of other kinds. */
  other: number
  healed: Quantiles
  healedByKind: Record<string, Quantiles>
  violations: string[]
  /** What is known about every op that a violation names. */
  traces: Record<string, string[]>
}

export interface Quantiles { count: number, p50: number, p95: number, max: number }

/** Nearest rank; all 0 for no values. */
export function quantiles(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0)
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) }
}

export type Wrong = 'lost' | 'doubled' | 'outOfOrder' | 'other'

const kinds: readonly (readonly [Wrong, RegExp])[] = [
  ['doubled', /^\[S3\]|shown twice|made twice/],
  ['outOfOrder', /^\[S6\]|stands below|moved from seq|^\[O1\]/],
  ['lost', /^\[S2\]|^\[Y2\]|neither acknowledged|nowhere|shows nothing|neither confirmed nor failed|pending ops/],
]

/** What a violation of the oracle means to a user. */
export function classify(violation: string): Wrong {
  return kinds.find(([, pattern]) => pattern.test(violation))?.[0] ?? 'other'
}

export function countWrongs(violations: readonly string[]): Record<Wrong, number> {
  const counts: Record<Wrong, number> = { lost: 0, doubled: 0, outOfOrder: 0, other: 0 }
  for (const violation of violations) counts[classify(violation)]++
  return counts
}

const cidPattern = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

/** The ops that a violation is about. */
export const cidsIn = (violation: string): string[] => violation.match(cidPattern) ?? []

/** How often each value occurs, in the order of the names. */
export function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of [...values].sort()) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
const spread = ({ p50, p95, max }: Quantiles) => `p50 ${seconds(p50)}, p95 ${seconds(p95)}, max ${seconds(max)}`
const listed = (counts: Record<string, number>) => Object.entries(counts).map(([name, count]) => `${name} ${count}`).join(', ')
const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, count) => total + count, 0)

/** The report for people. */
export function describeReport(report: ChaosReport): string {
  const rows: [string, string][] = [
    ['seed, duration', `${report.seed}, ${report.seconds} s`],
    ['who', `${report.tabs} Chromium tabs, ${report.clients} headless clients; ${report.accounts} accounts, ${report.conversations} conversations`],
    ['ops', `${report.pressed} (${listed(report.ops)})`],
    ['acknowledged', `${report.acknowledged}`],
    ['refused, and told so', `${report.refused}`],
    ['pressed as the page went', `${report.unkept}`],
    ['faults', `${sum(report.faults)} (${listed(report.faults)})`],
    ['lost', `${report.lost}`],
    ['doubled', `${report.doubled}`],
    ['out of order', `${report.outOfOrder}`],
    ['anything else wrong', `${report.other}`],
    ['time to heal', `${spread(report.healed)} (${report.healed.count} episodes)`],
    ...Object.entries(report.healedByKind).map(([kind, times]): [string, string] => [`  with ${kind}`, `${times.count} × ${spread(times)}`]),
  ]
  const wrong = report.violations.flatMap(violation => [`WRONG: ${violation}`, ...cidsIn(violation).flatMap(cid => (report.traces[cid] ?? []).map(line => `    ${line}`))])
  return [...rows.map(([name, value]) => `${name.padEnd(26)} ${value}`), ...wrong].join('\n')
}
