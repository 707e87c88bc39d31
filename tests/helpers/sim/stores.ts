import { createMemoryStore } from '#parley/server/storage/memory.ts'
import type { WorldPlan } from '#parley/tests/helpers/sim/world.ts'

/** The stores that worlds are built on. */
export const openMemory: WorldPlan['openStore'] = async ({ clock, random }) => createMemoryStore({ clock, random: { id: () => random.uuid() } })
export const openSqlite = openMemory
