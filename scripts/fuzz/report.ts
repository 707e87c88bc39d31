/** What a run found. */
export interface FuzzReport {
  seed: number
  seconds: number
  cases: number
  /** Answers by status; 0 = none, as to a request without an end. */
  statuses: Record<string, number>
  /** Close codes of sockets; 0 = still open. */
  closes: Record<string, number>
  /** Calls of the HTTP interface that no case went to. */
  unvisited: string[]
  /** MiB of resident memory: after warming up, and at the end. */
  memory: { warm: number, end: number }
  /** Longest time (ms) in which the server did not answer to /api/health. */
  slowest: number
  /** Messages that the witnesses exchanged meanwhile. */
  witnessed: number
  violations: string[]
}

/** Collects while lanes run. */
export interface Findings {
  answered(seed: string, status: number | undefined): void
  closed(code: number | undefined): void
  wrong(where: string, fault: string, bytes?: Buffer): void
  /** Our own side failed. */
  failed(where: string, error: unknown): void
  readonly cases: number
  readonly statuses: Record<string, number>
  readonly closes: Record<string, number>
  readonly visited: ReadonlySet<string>
  readonly violations: string[]
}

/** Kinds of violations are few; the first ones of a kind tell enough. */
const mostViolations = 40
/** Bytes of a case that are told. */
const toldBytes = 1_500

export function createFindings(print: (line: string) => void): Findings {
  const [statuses, closes, visited, violations] = [{} as Record<string, number>, {} as Record<string, number>, new Set<string>(), [] as string[]]
  let cases = 0
  let failures = 0
  const wrong: Findings['wrong'] = (where, fault, bytes) => {
    if (violations.length >= mostViolations) return
    violations.push(`${where}: ${fault}${bytes ? `\n    ${JSON.stringify(bytes.subarray(0, toldBytes).toString('latin1'))}` : ''}`)
    print(violations.at(-1)!)
  }
  return {
    statuses, closes, visited, violations, wrong,
    get cases() {
      return cases
    },
    answered(seed, status = 0) {
      cases++
      visited.add(seed)
      statuses[status] = (statuses[status] ?? 0) + 1
    },
    closed(code = 0) {
      cases++
      closes[code] = (closes[code] ?? 0) + 1
    },
    failed(where, error) {
      failures++
      print(`${where}: could not: ${String(error)}`)
      if (failures === 200) wrong(where, `our own side fails again and again: ${String(error)}`)
    },
  }
}

export const describeFuzz = ({ seed, seconds, cases, statuses, closes, unvisited, memory, slowest, witnessed, violations }: FuzzReport): string => [
  `seed ${seed}: ${cases} cases in ${seconds} s; statuses ${JSON.stringify(statuses)}; closes ${JSON.stringify(closes)}`,
  `${memory.warm} MiB warm, ${memory.end} MiB at the end; slowest sign of life ${slowest} ms; ${witnessed} messages of the witnesses`,
  ...(unvisited.length > 0 ? [`never asked: ${unvisited.join(', ')}`] : []),
  `${violations.length} violations`,
].join('\n')
