import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryStore } from '#parley/server/storage/memory.ts'
import { openSqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import type { WorldPlan } from '#parley/tests/helpers/sim/world.ts'

/** The stores that worlds are built on: what outlives the killed servers. */
export const openMemory: WorldPlan['openStore'] = async ({ clock, random }) => createMemoryStore({ clock, random: { id: () => random.uuid() } })

/** The real SQLite adapter on a file of its own. No fsync: a simulated kill takes no power from the disk, and waiting is what tests must not do. */
export const openSqlite: WorldPlan['openStore'] = async ({ clock, random, time }) => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-sim-'))
  const store = await openSqliteStore({
    path: join(folder, 'chat.db'),
    pragmas: { synchronous: 'off' },
    clock: { now: clock.now, timer: (task, ms) => time.after(ms, task) },
    random: { id: () => random.uuid() },
  })
  return {
    ...store,
    async close() {
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
