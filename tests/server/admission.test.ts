import { describe, expect, it } from 'vitest'
import { createMemoryBus } from '#parley/server/backplane/memory-bus.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'

describe('caps', () => {
  it('[A4] [X19] over the per-user cap the connection that was silent longest is ended with 4008', async () => {
    const harness = new ServerHarness({ settings: { maxConnectionsPerUser: 3 } })
    await harness.users('ana')
    const [first, second, third] = [await harness.connect('ana'), await harness.connect('ana'), await harness.connect('ana')]
    await harness.clock.advance(20_000)
    first.send({ type: 'pong' })
    await harness.clock.advance(5_000)
    third.send({ type: 'pong' })
    await harness.clock.advance(10_000)
    const fourth = await harness.connect('ana')
    expect(second.closed).toEqual({ code: 4008, reason: 'overloaded' })
    expect([first, third, fourth].map(pair => pair.closed)).toEqual([undefined, undefined, undefined])
    expect(harness.chat.connectionsOf('ana')).toHaveLength(3)
  })

  it('[A4] [X19] the addresses of one IPv6 customer share the cap of one', async () => {
    const harness = new ServerHarness({ settings: { maxConnectionsPerIp: 2 } })
    await harness.users('ana')
    const first = await harness.connect('ana', { address: '2001:db8:1:2::1' })
    await harness.connect('ana', { address: '2001:db8:1:2:ffff::9' })
    expect(harness.chat.hasRoom('2001:db8:1:2:8::')).toBe(false)
    expect(harness.chat.hasRoom('2001:db8:1:3::1')).toBe(true)
    first.drop()
    await settle()
    expect(harness.chat.hasRoom('2001:db8:1:2:8::')).toBe(true)
  })

  it('[A4] if all were heard from in the last 30 s the new one is refused with 4506', async () => {
    const harness = new ServerHarness({ settings: { maxConnectionsPerUser: 2 } })
    await harness.users('ana')
    const open = [await harness.connect('ana'), await harness.connect('ana')]
    await harness.clock.advance(20_000)
    for (const pair of open) pair.send({ type: 'pong' })
    await harness.clock.advance(20_000)
    const refused = harness.dial('ana')
    expect(refused.closed).toEqual({ code: 4506, reason: 'too_many_connections' })
    await settle()
    expect(refused.frames).toEqual([])
    expect(open.map(pair => pair.closed)).toEqual([undefined, undefined])
  })

  it('[A4] over the per-address or the total cap there is no room', async () => {
    const harness = new ServerHarness({ settings: { maxConnectionsPerIp: 2, maxConnections: 4 } })
    await harness.users('ana', 'ben')
    await harness.connect('ana')
    const second = await harness.connect('ben')
    expect(harness.chat.hasRoom('203.0.113.1')).toBe(false)
    expect(harness.chat.hasRoom('203.0.113.2')).toBe(true)
    const refused = harness.dial('ana')
    expect(refused.closed?.code).toBe(4008)
    second.drop()
    expect(harness.chat.hasRoom('203.0.113.1')).toBe(true)
    for (const address of ['203.0.113.2', '203.0.113.3', '203.0.113.4']) await harness.connect('ana', { address })
    expect(harness.chat.hasRoom('203.0.113.5')).toBe(false)
  })

  it('[A4] loopback, private and unknown addresses have no cap of their own', async () => {
    const harness = new ServerHarness({ settings: { maxConnectionsPerIp: 1 } })
    await harness.users('ana')
    for (const address of ['127.0.0.1', '::1', '::ffff:10.0.0.7', '192.168.1.2', '172.20.0.1', 'fd00::1', '']) {
      await harness.connect('ana', { address })
      expect(harness.chat.hasRoom(address)).toBe(true)
    }
    await harness.connect('ana', { address: '172.32.0.1' })
    expect(harness.chat.hasRoom('172.32.0.1')).toBe(false)
  })
})

describe('the end of a login', () => {
  it('[A5] [X14] closes the sockets of that login with 4504, and no others', async () => {
    const harness = new ServerHarness()
    await harness.users('ana', 'ben')
    const [laptop, phone, ben] = [await harness.connect('ana', { login: 'laptop' }), await harness.connect('ana', { login: 'phone' }), await harness.connect('ben')]
    harness.chat.revoke('ana', { login: 'phone' })
    expect(phone.closed).toEqual({ code: 4504, reason: 'revoked' })
    expect(laptop.closed).toBeUndefined()
    expect(ben.closed).toBeUndefined()
  })

  it('[A5] after a change of password every other login goes', async () => {
    const harness = new ServerHarness()
    await harness.users('ana')
    const [laptop, phone] = [await harness.connect('ana', { login: 'laptop' }), await harness.connect('ana', { login: 'phone' })]
    harness.chat.revoke('ana', { except: 'laptop' })
    expect([laptop.closed, phone.closed?.code]).toEqual([undefined, 4504])
  })

  it('[A5] a disabled user is closed with 4503, also while a connection opens', async () => {
    const harness = new ServerHarness()
    await harness.users('ana')
    const open = await harness.connect('ana')
    const opening = harness.dial('ana')
    harness.chat.revoke('ana', { disabled: true })
    await settle()
    expect([open.closed?.code, opening.closed?.code]).toEqual([4503, 4503])
    expect(opening.frames).toEqual([])
  })

  it('[A5] [F52] sockets on other nodes close too', async () => {
    const harness = new ServerHarness()
    await harness.users('ana')
    const bus = createMemoryBus()
    const left = harness.node('left', bus.connect())
    const right = harness.node('right', bus.connect())
    const ana = await harness.connect('ana', { login: 'phone' }, right)
    left.revoke('ana', { login: 'phone' })
    await settle()
    expect(ana.closed?.code).toBe(4504)
  })

  it('lists the connections of a user with their labels', async () => {
    const harness = new ServerHarness()
    await harness.users('ana')
    const pair = await harness.connect('ana', { appname: 'phone' })
    expect(harness.chat.connectionsOf('ana')).toEqual([expect.objectContaining({ appname: 'phone', login: 'login-ana', openedAt: harness.clock.now() })])
    pair.drop()
    expect(harness.chat.connectionsOf('ana')).toEqual([])
  })
})
