import { describe, expect, it } from 'vitest'
import { splitHeads } from '#parley/server/chat/opening.ts'
import type { Store } from '#parley/server/chat/ports.ts'
import { limits, utf8Length } from '#parley/shared/protocol/index.ts'
import type { Heads } from '#parley/shared/protocol/index.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'

/** A store whose reads of heads take place now, but answer when told. */
function slowHeads() {
  const waiting: (() => void)[] = []
  const state = { slow: false }
  const wrap = (store: Store): Store => ({
    ...store,
    async heads(user) {
      const heads = await store.heads(user)
      if (state.slow) await new Promise<void>(resolve => waiting.push(resolve))
      return heads
    },
  })
  return { wrap, state, release: () => waiting.splice(0).forEach(resolve => resolve()) }
}

describe('opening', () => {
  it('[W2] welcome tells protocol, epoch, user, heads, heartbeat, limits and time', async () => {
    const harness = new ServerHarness()
    await harness.users('ana', 'ben')
    const empty = await harness.group('ana', 'ben')
    const full = await harness.group('ana', 'ben')
    const op = harness.op(full, 'hello')
    await harness.chat.submit('ana', op)
    const ana = harness.dial('ana')
    await settle()
    expect(ana.frames[0]).toEqual({
      type: 'welcome',
      protocol: 1,
      epoch: await harness.store.epoch(),
      connection: harness.chat.connectionsOf('ana')[0]?.id,
      user: { id: 'ana', username: 'ana', displayName: 'ana', role: 'member' },
      heads: { [empty]: [0, 0, null], [full]: [1, 0, op.cid] },
      heartbeat: { interval: 25_000, timeout: 60_000 },
      limits: { ...limits },
      serverTime: harness.clock.now(),
    })
  })

  it('[W1] [R1] [F6] an event that commits while the heads are read is pushed once, behind welcome', async () => {
    const heads = slowHeads()
    const harness = new ServerHarness({ store: heads.wrap })
    await harness.users('ana', 'ben')
    const group = await harness.group('ana', 'ben')
    await harness.chat.submit('ben', harness.op(group, 'before'))
    heads.state.slow = true
    const ana = harness.dial('ana')
    await settle()
    await harness.chat.submit('ben', harness.op(group, 'meanwhile'))
    await settle()
    expect(ana.frames).toEqual([])
    heads.release()
    await settle()
    expect(ana.frames[0]).toMatchObject({ type: 'welcome', heads: { [group]: [1, 0, expect.any(String)] } })
    expect(ana.of('event').map(frame => frame.event.seq)).toEqual([2])
    await harness.chat.submit('ben', harness.op(group, 'after'))
    await settle()
    expect(ana.of('event').map(frame => frame.event.seq)).toEqual([2, 3])
  })

  it('[W1] [R1] two connections whose heads come back in the wrong order both get every event', async () => {
    const heads = slowHeads()
    const harness = new ServerHarness({ store: heads.wrap })
    await harness.users('ana', 'ben')
    const group = await harness.group('ana', 'ben')
    heads.state.slow = true
    const early = harness.dial('ana')
    await settle()
    await harness.chat.submit('ben', harness.op(group, 'one'))
    heads.state.slow = false
    const late = harness.dial('ana')
    await settle()
    expect(late.of('welcome')[0]?.heads[group]?.[0]).toBe(1)
    heads.release()
    await settle()
    expect(early.of('welcome')[0]?.heads[group]?.[0]).toBe(0)
    expect(early.of('event').map(frame => frame.event.seq)).toEqual([1])
    expect(late.of('event')).toEqual([])
  })

  it('[W1] nothing of what goes on around it comes before welcome', async () => {
    const heads = slowHeads()
    const harness = new ServerHarness({ store: heads.wrap })
    await harness.users('ana', 'ben')
    const group = await harness.group('ana', 'ben')
    const ben = await harness.connect('ben')
    heads.state.slow = true
    const ana = harness.dial('ana')
    await settle()
    ben.send(harness.op(group, 'x'), { type: 'typing', conversation: group, on: true }, { type: 'read', conversation: group, seq: 1 }, { type: 'presence', state: 'idle' })
    await harness.chat.saveSettings('ana', group, { pinned: true })
    await settle()
    expect(ana.frames).toEqual([])
    heads.release()
    await settle()
    expect(ana.frames[0]?.type).toBe('welcome')
  })

  it('[O4] [R1] a failed read of what a new connection lacks is tried again by the audit', async () => {
    const heads = slowHeads()
    let fails = 1
    const harness = new ServerHarness({
      store: store => ({ ...heads.wrap(store), range: (...args) => fails-- > 0 ? Promise.reject(new Error('read failed')) : store.range(...args) }),
    })
    await harness.users('ana', 'ben')
    const group = await harness.group('ana', 'ben')
    await harness.connect('ben')
    heads.state.slow = true
    const ana = harness.dial('ana')
    await settle()
    await harness.chat.submit('ben', harness.op(group, 'meanwhile'))
    heads.release()
    await settle()
    expect(ana.of('event')).toEqual([])
    await harness.clock.advance(20_000)
    expect(ana.of('event').map(frame => frame.event.seq)).toEqual([1])
  })

  it('[W1] [O6] who joins while the connection opens gets the conversation after welcome', async () => {
    const heads = slowHeads()
    const harness = new ServerHarness({ store: heads.wrap })
    await harness.users('ana', 'ben')
    const group = await harness.group('ben')
    heads.state.slow = true
    const ana = harness.dial('ana')
    await settle()
    await harness.chat.addMember('ben', group, 'ana')
    await settle()
    heads.release()
    await settle()
    expect(ana.frames.map(frame => frame.type).filter(type => type !== 'presence')).toEqual(['welcome', 'conversation', 'event'])
    expect(ana.of('event')[0]?.event).toMatchObject({ kind: 'member', user: 'ana', change: 'join' })
  })

  it('[W1] [O6] who leaves while the connection opens gets the leave and removed', async () => {
    const heads = slowHeads()
    const harness = new ServerHarness({ store: heads.wrap })
    await harness.users('ana', 'ben')
    const group = await harness.group('ben', 'ana')
    heads.state.slow = true
    const ana = harness.dial('ana')
    await settle()
    await harness.chat.removeMember('ben', group, 'ana')
    await harness.chat.submit('ben', harness.op(group, 'not for ana'))
    heads.release()
    await settle()
    expect(ana.frames.map(frame => frame.type).filter(type => type !== 'presence')).toEqual(['welcome', 'event', 'removed'])
    expect(ana.of('event')[0]?.event).toMatchObject({ kind: 'member', change: 'leave' })
  })

  it('[W2] heads beyond one message continue in heads frames', () => {
    const heads: Heads = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`${i}`.padStart(32, 'c'), [i, i, crypto.randomUUID()]]))
    const parts = splitHeads(heads)
    expect(parts.length).toBeGreaterThan(1)
    for (const part of parts) expect(utf8Length(JSON.stringify(part))).toBeLessThan(limits.serverMessageBytes)
    expect(Object.assign({}, ...parts)).toEqual(heads)
  })

  it('[W2] every part of long heads reaches the client', async () => {
    const harness = new ServerHarness({
      store: store => ({ ...store, heads: async () => Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`${i}`.padStart(32, 'c'), [1, 0, crypto.randomUUID()]])) }),
    })
    await harness.users('ana')
    const ana = harness.dial('ana')
    await settle()
    const told = ana.frames.flatMap(frame => frame.type === 'welcome' || frame.type === 'heads' ? Object.keys(frame.heads) : [])
    expect(new Set(told).size).toBe(20_000)
    expect(Math.max(...ana.messages.map(text => utf8Length(text)))).toBeLessThanOrEqual(limits.serverMessageBytes)
  })

  it('[C1] a store that cannot be read at the opening closes 4007', async () => {
    const harness = new ServerHarness({ store: store => ({ ...store, heads: () => Promise.reject(new Error('no disk')) }) })
    await harness.users('ana')
    const ana = harness.dial('ana')
    await settle()
    expect(ana.closed).toEqual({ code: 4007, reason: 'unavailable' })
  })
})
