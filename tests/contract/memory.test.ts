import { describe, expect, it } from 'vitest'
import { StoreUnavailable } from '#parley/server/chat/ports.ts'
import { createMemoryStore } from '#parley/server/storage/memory.ts'
import type { MemoryFault } from '#parley/server/storage/memory/writes.ts'
import { storeContract } from '#parley/tests/contract/store.contract.ts'
import { createWorld, World } from '#parley/tests/contract/world.ts'

describe('memory store', () => {
  storeContract(async () => createMemoryStore())

  it('[S6] a refusal falls on every write that waits behind it', async () => {
    const faults: (MemoryFault | undefined)[] = []
    const world = await createWorld(async () => createMemoryStore({ fault: () => faults.shift() }))
    faults.push(undefined, { kind: 'unavailable', status: 'busy' })
    const results = await Promise.allSettled(['a', 'b', 'c'].map(word => world.say('room', 'alice', word)))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(results[2]).toMatchObject({ reason: expect.any(StoreUnavailable) })
    expect(await world.log('room')).toHaveLength(1)
  })

  it('[S5] an op of unknown fate may have been committed', async () => {
    const faults: (MemoryFault | undefined)[] = []
    const world = await createWorld(async () => createMemoryStore({ fault: () => faults.shift() }))
    faults.push({ kind: 'unknown', committed: true })
    await expect(world.say('room', 'alice', 'a')).rejects.toThrow('fate unknown')
    expect(await world.log('room')).toHaveLength(1)
  })

  it('[W4] hands its contents and its epoch to the next one', async () => {
    const first = createMemoryStore()
    const world = await createWorld(async () => first)
    await world.say('room', 'alice', 'kept')
    const next = new World(createMemoryStore({ state: first.state }))
    expect(await next.messages('room')).toHaveLength(1)
    expect(await next.store.epoch()).toBe(await first.epoch())
  })
})
