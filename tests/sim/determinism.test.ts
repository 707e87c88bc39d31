import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openMemory, openSqlite } from '#parley/tests/helpers/sim/stores.ts'
import { planOf, runWorld } from '#parley/tests/helpers/sim/world.ts'

/** A seed that fails once must fail again: nothing of a run may come from the real clock or from real chance. */
const root = fileURLToPath(new URL('../..', import.meta.url))
const ours = new RegExp(`${root}(server|client|shared)/`)

/** Calls that our own code made to a source of chance or time of its own. */
function watchSources(): string[] {
  const calls: string[] = []
  const watch = <K extends string>(owner: Record<K, (...args: never[]) => unknown>, name: K) => {
    const real = owner[name]
    vi.spyOn(owner as Record<string, (...args: never[]) => unknown>, name).mockImplementation((...args: never[]) => {
      const line = new Error(name).stack?.split('\n').slice(2, 5).find(text => ours.test(text))
      if (line) calls.push(`${name} ${line.trim()}`)
      return real.apply(owner, args)
    })
  }
  watch(Math, 'random')
  watch(Date, 'now')
  watch(performance, 'now')
  watch(globalThis.crypto, 'randomUUID')
  watch(globalThis as { setTimeout: (...args: never[]) => unknown }, 'setTimeout')
  return calls
}

describe('determinism', () => {
  afterEach(() => vi.restoreAllMocks())

  it.each([3, 17])('seed %i goes the same way twice', async (seed) => {
    const calls = watchSources()
    const first = await runWorld(planOf(seed, openMemory))
    const second = await runWorld(planOf(seed, openMemory))
    expect(second.digest).toBe(first.digest)
    expect(second.steps).toBe(first.steps)
    expect(calls).toEqual([])
  })

  it('goes the same way twice on SQLite', async () => {
    const runs = [await runWorld(planOf(5, openSqlite)), await runWorld(planOf(5, openSqlite))]
    expect(runs[1]!.digest).toBe(runs[0]!.digest)
  })

  it('other seeds go other ways', async () => {
    const [a, b] = [await runWorld(planOf(1, openMemory)), await runWorld(planOf(2, openMemory))]
    expect(a.digest).not.toBe(b.digest)
  })
})
