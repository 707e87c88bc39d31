import type { LogEvent } from '#parley/shared/model.ts'
import type { Truth } from '#parley/tests/helpers/sim/oracle.ts'
import type { VirtualTime } from '#parley/tests/helpers/sim/virtual-time.ts'
import type { SimStore } from '#parley/tests/helpers/sim/world.ts'

/** The store that stands, and the backup that its operator made of it. */
export interface Vault {
  readonly store: SimStore
  backUp(): Promise<void>
  readonly backedUp: boolean
  /** Puts the backup in the store's place, as another history (W4); no server may be running. @returns what was, and what is left of it */
  restore(): Promise<{ logs: Truth['logs'], kept: Truth['logs'] }>
  logs(): Promise<Truth['logs']>
  /** Events in each log. */
  readonly committed: { count: (conversation: string) => number, add: (conversation: string) => void }
  close(): Promise<void>
}

export interface VaultOptions { store: SimStore, rooms: readonly string[], time: VirtualTime }

export function createVault({ store: first, rooms, time }: VaultOptions): Vault {
  const stores = [first]
  const committed = new Map<string, number>()
  let backup: (() => Promise<SimStore>) | undefined

  const logOf = async (conversation: string) => {
    const events: LogEvent[] = []
    for (;;) {
      const more = await vault.store.range(conversation, events.length + 1, Number.MAX_SAFE_INTEGER, 500)
      if (more.length === 0) return events
      events.push(...more)
    }
  }

  const vault: Vault = {
    get store() { return stores.at(-1)! },
    async backUp() {
      backup = await time.external(vault.store.backUp())
    },
    get backedUp() { return backup !== undefined },
    async restore() {
      if (!backup) throw new Error('there is no backup')
      return time.external((async () => {
        const logs = await vault.logs()
        // What a dead process had in hand may still be at the old store: it is closed when the world ends.
        stores.push(await backup())
        const kept = await vault.logs()
        for (const [conversation, events] of kept) committed.set(conversation, events.length)
        return { logs, kept }
      })())
    },
    async logs() {
      const logs = new Map<string, LogEvent[]>()
      for (const conversation of rooms) logs.set(conversation, await logOf(conversation))
      return logs
    },
    committed: { count: id => committed.get(id) ?? 0, add: id => void committed.set(id, (committed.get(id) ?? 0) + 1) },
    async close() {
      for (const store of stores) await store.close()
    },
  }
  return vault
}
