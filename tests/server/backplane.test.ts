import { describe, expect, it } from 'vitest'
import { createBackplane } from '#parley/server/backplane/create-backplane.ts'
import { createMemoryBus } from '#parley/server/backplane/memory-bus.ts'
import type { BackplaneMessage } from '#parley/server/chat/backplane-port.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'

const typing = (user: string): BackplaneMessage => ({ type: 'typing', conversation: 'c', user, on: true })

describe('backplane', () => {
  it('without a URL there is one node, and nothing comes back', async () => {
    const backplane = createBackplane('')
    const heard: BackplaneMessage[] = []
    backplane.subscribe(message => heard.push(message))
    backplane.publish(typing('ana'))
    await settle()
    expect(heard).toEqual([])
    await backplane.close()
  })

  it('a Redis URL stops the start with a clear line', () => {
    expect(() => createBackplane('redis://localhost')).toThrow(/NUXT_REDIS_URL.*no Redis backplane/)
  })

  it('the bus reaches the other nodes, never the sender, and not those that left', async () => {
    const bus = createMemoryBus()
    const nodes = [bus.connect(), bus.connect(), bus.connect()]
    const heard: string[] = []
    nodes.forEach((node, index) => node.subscribe(() => heard.push(`node ${index}`)))
    nodes[0]?.publish(typing('ana'))
    await settle()
    expect(heard).toEqual(['node 1', 'node 2'])
    await nodes[2]?.close()
    nodes[0]?.publish(typing('ana'))
    await settle()
    expect(heard).toEqual(['node 1', 'node 2', 'node 1'])
  })

  it('the bus loses, doubles, holds and reorders as told', async () => {
    const fates = ['lose', 'double', 'hold', 'hold'] as const
    let next = 0
    const bus = createMemoryBus({ fate: () => fates[next++]! })
    const [from, to] = [bus.connect(), bus.connect()]
    const heard: string[] = []
    const unsubscribe = to.subscribe(message => heard.push(message.type === 'typing' ? message.user : '?'))
    for (const user of ['a', 'b', 'c', 'd']) from.publish(typing(user))
    await settle()
    expect(heard).toEqual(['b', 'b'])
    bus.release()
    await settle()
    expect(heard).toEqual(['b', 'b', 'd', 'c'])
    unsubscribe()
  })
})
