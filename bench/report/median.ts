import type { Round, Run } from '#parley/bench/scenarios/scenario.ts'

/** The middle value; of an even number the lower one, which is a value that was measured. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
}

/** The median of each value of a system over all rounds; faults are added up instead, since one is too many. */
export function medianRun(rounds: readonly Round[], system: string): Run | undefined {
  const runs = rounds.flatMap(round => round[system] ?? [])
  if (runs.length === 0) return undefined
  const keys = [...new Set(runs.flatMap(run => Object.keys(run.values)))]
  const valueOf = (key: string): number => {
    const all = runs.flatMap(run => run.values[key] ?? [])
    return key === 'faults' ? all.reduce((sum, value) => sum + value, 0) : median(all)
  }
  return { values: Object.fromEntries(keys.map(key => [key, valueOf(key)])), notes: [...new Set(runs.flatMap(run => run.notes))] }
}
