import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryStore } from '#parley/server/storage/memory.ts'
import type { MemoryState } from '#parley/server/storage/memory/state.ts'
import { openSqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import type { SimStore, StoreTools, WorldPlan } from '#parley/tests/helpers/sim/world.ts'

/** The stores that worlds are built on: what outlives the killed servers. */
export const openMemory: WorldPlan['openStore'] = async tools => memoryStore(tools)

function memoryStore(tools: StoreTools, state?: MemoryState): SimStore {
  const { random } = tools
  const store = createMemoryStore({ random: { id: () => random.uuid() }, ...(state ? { state } : {}) })
  return {
    ...store,
    async backUp() {
      const backup = structuredClone(store.state)
      return async () => {
        const { epoch: _, ...restored } = structuredClone(backup)
        return memoryStore(tools, restored)
      }
    },
  }
}

/** The real SQLite adapter on a file of its own. No fsync: a simulated kill takes no power from the disk, and waiting is what tests must not do. */
export const openSqlite: WorldPlan['openStore'] = async (tools) => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-sim-'))
  let files = 0
  const open = async (path: string): Promise<SimStore> => {
    const { clock, random, time } = tools
    const store = await openSqliteStore({
      path,
      pragmas: { synchronous: 'off' },
      clock: { now: clock.now, timer: (task, ms) => time.after(ms, task) },
      random: { id: () => random.uuid() },
    })
    return {
      ...store,
      async backUp() {
        const backup = join(folder, `backup-${++files}.db`)
        withFile(path, file => file.exec(`vacuum into '${backup}'`))
        return async () => {
          const copy = join(folder, `restored-${++files}.db`)
          await copyFile(backup, copy)
          withFile(copy, file => file.exec('delete from meta where name = \'epoch\''))
          return open(copy)
        }
      },
      async close() {
        await store.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  }
  return open(join(folder, 'chat.db'))
}

function withFile(path: string, work: (file: DatabaseSync) => void): void {
  const file = new DatabaseSync(path)
  try {
    work(file)
  }
  finally {
    file.close()
  }
}
