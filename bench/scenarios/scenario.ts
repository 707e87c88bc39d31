import type { FinishResult, LoadResult } from '#parley/bench/load/commands.ts'
import { faultCount } from '#parley/bench/measure/delivery-check.ts'
import { startGenerator } from '#parley/bench/systems/generator.ts'
import type { Generator } from '#parley/bench/systems/generator.ts'
import type { Running, System, World } from '#parley/bench/systems/system.ts'

/** One measured run of one system: numbers by name, and what the reader must know about them. */
export interface Run { values: Record<string, number>, notes: string[] }

/** One round: every system of a case once, right after each other. */
export type Round = Record<string, Run | undefined>

export interface Column {
  /** Name of a value. */
  key: string
  title: string
  /** How many digits after the point; 0 by default. */
  digits?: number
}

/** One line of the targets. Judged for each round by itself: machines change from minute to minute, ratios in one round do not. */
export interface Target {
  what: string
  /** Undefined: a system that is needed did not take part. */
  judge(round: Round): { reached: number, bound: number, met: boolean } | undefined
  digits?: number
  unit?: string
}

/** One table: what is measured together and compared. */
export interface Case {
  /** Chosen by on the command line: `room=50`. */
  settings: Record<string, string | number>
  title: string
  /** Systems by name, in the order of the table. */
  systems: readonly string[]
  columns: readonly Column[]
  targets: readonly Target[]
  run(system: System): Promise<Run>
}

/** How long and how large everything is. */
export interface Scale { quick: boolean, warmup: number, seconds: number }

export interface Scenario {
  name: string
  title: string
  cases(scale: Scale): Case[]
}

/** A target that compares a value of Parley with `factor` times that of another system. */
export function against(what: string, key: string, other: string, factor: number, wanted: 'least' | 'most', otherKey: string = key): Target {
  return {
    what, digits: 2, unit: `× ${other}`,
    judge(round) {
      const [own, its] = [round['parley']?.values[key], round[other]?.values[otherKey]]
      if (own === undefined || its === undefined || its === 0) return undefined
      const reached = own / its
      return { reached, bound: factor, met: wanted === 'least' ? reached >= factor : reached <= factor }
    },
  }
}

/** A target that is a number by itself. */
export function absolute(what: string, key: string, bound: number, wanted: 'least' | 'most', unit: string, digits = 1): Target {
  return {
    what, digits, unit,
    judge(round) {
      const reached = round['parley']?.values[key]
      return reached === undefined ? undefined : { reached, bound, met: wanted === 'least' ? reached >= bound : reached <= bound }
    },
  }
}

/** Share of its core above which the generator, and not the server, may be what is measured. */
const busy = 0.9

/** Says when the figures of a load are the generator's. */
export function loadNotes(what: string, result: LoadResult): string[] {
  const own = result.ownCpuMs / 1000 / result.seconds
  const server = result.serverCpuMs / 1000 / result.seconds
  const notes: string[] = []
  if (result.lateP99 === undefined && own >= busy && server < busy) notes.push(`${what}: generator at ${(own * 100).toFixed(0)} % of its core, server at ${(server * 100).toFixed(0)} %`)
  if (result.lateP99 !== undefined && result.lateP99 > 5) notes.push(`${what}: generator late by ${result.lateP99.toFixed(0)} ms at p99`)
  return notes
}

export function faultNotes({ faults, closed, closedWith, rejected, lagged, unanswered }: FinishResult): string[] {
  const notes: string[] = []
  if (faultCount(faults) > 0) notes.push(`lost ${faults.lost}, doubled ${faults.doubled}, out of order ${faults.reordered}, mixed up ${faults.mixed}`)
  if (closed > 0) notes.push(`${closed} connections ended (${closedWith.join('; ')})`)
  if (rejected > 0) notes.push(`${rejected} rejected`)
  if (lagged > 0) notes.push(`events withheld from a slow reader and pulled, ${lagged} times`)
  if (unanswered > 0) notes.push(`${unanswered} not acknowledged`)
  return notes
}

/** Starts a server and its generator, measures, holds every receiver's log against the rules, and ends both. */
export async function measure(system: System, world: World, work: (generator: Generator, server: Running, run: Run) => Promise<void>): Promise<Run> {
  const server = await system.start(world)
  const generator = startGenerator(server.setup)
  const run: Run = { values: {}, notes: [] }
  try {
    await work(generator, server, run)
    const finished = await generator.finish()
    run.values['faults'] = faultCount(finished.faults) + finished.unanswered
    run.notes.push(...faultNotes(finished))
    return run
  }
  finally {
    await generator.stop()
    await server.stop()
  }
}
