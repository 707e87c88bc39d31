import { describe, expect, it } from 'vitest'
import { runMutant } from '#parley/tests/helpers/sim/mutant-lab.ts'
import { openMemory } from '#parley/tests/helpers/sim/stores.ts'
import { planOf, runWorld } from '#parley/tests/helpers/sim/world.ts'
import { mutants } from '#parley/tests/sim/mutants.ts'

/** Seeds within which a mistake must be found; found in the first few, as a rule. */
const patience = 20

describe('the simulation finds mistakes planted in the real source', () => {
  it('there are enough of them', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(15)
  })

  it('a copy without any ends well', async () => {
    const { code, output } = await runMutant(undefined, 3)
    expect(code, output).toBe(0)
  })

  it.each(mutants)('$name', async (mutant) => {
    const { code, output } = await runMutant(mutant, mutant.seeds ?? patience, mutant.plan)
    const seed = /^seed (\d+): \d+ violations/m.exec(output)?.[1]
    expect(seed, `not caught: code ${code}, ${output.slice(-2_000)}`).toBeDefined()
    expect(code).toBe(1)
    expect(output).toContain('✗')
    // The same world on the source as it is: what was found is the mistake, not the weather.
    const sound = await runWorld({ ...planOf(seed!, openMemory), ...mutant.plan })
    expect(sound.violations).toEqual([])
  })
})
