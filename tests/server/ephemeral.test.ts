import { describe, expect, it } from 'vitest'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'

async function twoInAGroup(rateLimit = 0) {
  const harness = new ServerHarness({ settings: { rateLimit } })
  await harness.users('ana', 'ben', 'cleo')
  const group = await harness.group('ana', 'ben')
  for (let i = 0; i < 10; i++) await harness.chat.submit('ana', harness.op(group, `m${i}`))
  const ana = await harness.connect('ana')
  const ben = await harness.connect('ben')
  await settle()
  ana.take()
  ben.take()
  return { harness, group, ana, ben }
}

describe('receipts (section 8)', () => {
  it('[R18] positions only grow, and a receipt goes out only when one moved', async () => {
    const { harness, group, ana, ben } = await twoInAGroup()
    await harness.ask(ben, { type: 'read', conversation: group, seq: 5 })
    await harness.ask(ben, { type: 'read', conversation: group, seq: 3 }, { type: 'read', conversation: group, seq: 5 })
    expect(ana.of('receipt')).toEqual([{ type: 'receipt', conversation: group, user: 'ben', read: 5, at: harness.clock.now() }])
    expect((await harness.chat.conversation('ben', group))?.readSeq).toBe(5)
  })

  it('read is clamped to head', async () => {
    const { harness, group, ana, ben } = await twoInAGroup()
    await harness.ask(ben, { type: 'read', conversation: group, seq: 1_000_000 })
    expect(ana.of('receipt')[0]?.read).toBe(10)
  })

  it('delivered is told, and the reader\'s other connections hear of it, the one that said it does not', async () => {
    const { harness, group, ana, ben } = await twoInAGroup()
    const phone = await harness.connect('ben')
    const own = await harness.ask(ben, { type: 'delivered', conversation: group, seq: 4 })
    expect(own).toEqual([])
    expect(ana.of('receipt')).toEqual([expect.objectContaining({ user: 'ben', delivered: 4 })])
    expect(phone.of('receipt')).toEqual([expect.objectContaining({ user: 'ben', delivered: 4 })])
  })

  it('[L4] beyond 5/s positions are merged: the highest counts', async () => {
    const { harness, group, ana, ben } = await twoInAGroup(20)
    for (let seq = 1; seq <= 10; seq++) {
      ben.send({ type: 'read', conversation: group, seq })
      await settle()
    }
    expect(ana.of('receipt').map(frame => frame.read)).toEqual([1, 2, 3, 4, 5])
    await harness.clock.advance(1_000)
    expect(ana.of('receipt').map(frame => frame.read)).toEqual([1, 2, 3, 4, 5, 10])
  })

  it('[L4] [S4] a position that the store cannot take now is tried again, and delays no op', async () => {
    const { harness, group, ana, ben } = await twoInAGroup()
    harness.fault = { kind: 'unavailable', status: 'busy' }
    await harness.ask(ben, { type: 'read', conversation: group, seq: 5 })
    harness.fault = undefined
    expect(await harness.ask(ben, harness.op(group, 'x'))).toContainEqual(expect.objectContaining({ type: 'ack' }))
    await harness.clock.advance(1_000)
    expect(ana.of('receipt').at(-1)?.read).toBe(5)
  })
})

describe('typing (section 8)', () => {
  it('goes to the members, not back to the connection that types', async () => {
    const { harness, group, ana, ben } = await twoInAGroup()
    const cleo = await harness.connect('cleo')
    expect(await harness.ask(ben, { type: 'typing', conversation: group, on: true })).toEqual([])
    expect(ana.of('typing')).toEqual([{ type: 'typing', conversation: group, user: 'ben', on: true }])
    expect(cleo.of('typing')).toEqual([])
  })

  it('[L4] beyond 5/s it is dropped', async () => {
    const { harness, group, ana, ben } = await twoInAGroup(20)
    for (let i = 0; i < 20; i++) ben.send({ type: 'typing', conversation: group, on: true })
    await harness.clock.advance(2_000)
    expect(ana.of('typing')).toHaveLength(5)
  })
})

describe('presence (section 8)', () => {
  it('is told to those who share a conversation, and to nobody else', async () => {
    const { harness, ana } = await twoInAGroup()
    const cleo = await harness.connect('cleo')
    const ben = await harness.connect('ben')
    await harness.ask(ben, { type: 'presence', state: 'idle' })
    expect(ana.of('presence')).toEqual([])
    expect(cleo.of('presence')).toEqual([])
    const eve = await twoInAGroup()
    eve.ben.send({ type: 'presence', state: 'idle' })
    await settle()
    expect(eve.ana.of('presence')).toEqual([{ type: 'presence', user: 'ben', state: 'idle' }])
  })

  it('is idle only when all connections are', async () => {
    const { harness, ana, ben } = await twoInAGroup()
    const phone = await harness.connect('ben')
    await harness.ask(ben, { type: 'presence', state: 'idle' })
    expect(ana.of('presence')).toEqual([])
    await harness.ask(phone, { type: 'presence', state: 'idle' })
    expect(ana.of('presence').map(frame => frame.state)).toEqual(['idle'])
    await harness.ask(phone, { type: 'presence', state: 'active' })
    expect(ana.of('presence').map(frame => frame.state)).toEqual(['idle', 'online'])
  })

  it('[R17] a reconnect within 10 s is no flicker', async () => {
    const { harness, ana, ben } = await twoInAGroup()
    ben.drop()
    await harness.clock.advance(9_000)
    const again = await harness.connect('ben')
    await harness.clock.advance(20_000)
    expect(ana.of('presence')).toEqual([])
    expect(again.closed).toBeUndefined()
    expect(await harness.store.lastSeenOf(['ben'])).toEqual(new Map())
  })

  it('[R17] without any connection for 10 s a user is offline, with the time of the last one', async () => {
    const { harness, group, ana, ben } = await twoInAGroup()
    const left = harness.clock.now()
    ben.drop()
    await harness.clock.advance(9_000)
    expect(ana.of('presence')).toEqual([])
    await harness.clock.advance(2_000)
    expect(ana.of('presence')).toEqual([{ type: 'presence', user: 'ben', state: 'offline', lastSeen: left }])
    const summary = await harness.chat.conversation('ana', group)
    expect(summary?.members.map(member => [member.user.id, member.state, member.lastSeen])).toEqual([['ana', 'online', undefined], ['ben', 'offline', left]])
  })

  it('[X34] who is not connected is not seen by whom they have blocked, nor by who has blocked them and asks over HTTP', async () => {
    const { harness, group, ana, ben } = await twoInAGroup()
    const left = harness.clock.now()
    ben.drop()
    await harness.clock.advance(11_000)
    const benOf = async (user: string) => (await harness.chat.conversation(user, group))?.members.find(member => member.user.id === 'ben')
    const anaOf = async (user: string) => (await harness.chat.conversation(user, group))?.members.find(member => member.user.id === 'ana')
    expect(await benOf('ana')).toMatchObject({ state: 'offline', lastSeen: left })
    await harness.store.setBlock('ben', 'ana', true)
    expect(await benOf('ana')).not.toHaveProperty('lastSeen')
    ana.drop()
    await harness.clock.advance(11_000)
    expect(await anaOf('ben')).not.toHaveProperty('lastSeen')
    await harness.store.setBlock('ben', 'ana', false)
    expect(await anaOf('ben')).toHaveProperty('lastSeen')
    expect(await benOf('ana')).toMatchObject({ lastSeen: left })
  })

  it('[R17] an old connection that ends late does not end the presence of the new one', async () => {
    const { harness, ana, ben } = await twoInAGroup()
    await harness.connect('ben')
    ben.drop()
    await harness.clock.advance(15_000)
    expect(ana.of('presence')).toEqual([])
  })

  it('[L4] of many changes the last one counts', async () => {
    const { harness, ana, ben } = await twoInAGroup(20)
    for (let i = 0; i < 21; i++) ben.send({ type: 'presence', state: i % 2 === 0 ? 'idle' : 'active' })
    await harness.clock.advance(2_000)
    expect(ana.of('presence').at(-1)?.state).toBe('idle')
    expect(ana.of('presence').length).toBeLessThanOrEqual(6)
  })
})
