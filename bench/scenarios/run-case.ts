import type { Case, Round } from '#parley/bench/scenarios/scenario.ts'
import type { System } from '#parley/bench/systems/system.ts'

/** Measures the systems of a case one right after the other, round by round, so that what the machine does meanwhile meets all of them. */
export async function runCase(subject: Case, systems: readonly System[], rounds: number, progress: (line: string) => void): Promise<Round[]> {
  const done: Round[] = []
  for (let number = 1; number <= rounds; number++) {
    const round: Round = {}
    for (const system of systems) {
      try {
        const run = await subject.run(system)
        round[system.name] = run
        const told = subject.columns.slice(0, 8).map(({ key, title, digits = 0 }) => `${title} ${run.values[key]?.toFixed(digits) ?? '-'}`)
        progress(`  ${number}/${rounds} ${system.name}: ${told.join(', ')}${run.notes.map(note => ` [${note}]`).join('')}`)
      }
      catch (error) {
        // One that cannot do it is a result too, and must not end the run of the others.
        progress(`  ${number}/${rounds} ${system.name}: FAILED ${error instanceof Error ? error.message : String(error)}`)
        round[system.name] = { values: { faults: 1 }, notes: [`failed: ${(error instanceof Error ? error.message : String(error)).split('\n')[0]}`] }
      }
    }
    done.push(round)
  }
  return done
}
