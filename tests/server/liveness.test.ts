import { describe, expect, it } from 'vitest'
import type { SendBudget } from '#parley/server/chat/context.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'
import type { SocketPair } from '#parley/tests/helpers/socket-pair.ts'

const KiB = 1024

async function group(options: { rateLimit?: number, budgets?: Partial<SendBudget> } = {}) {
  const harness = new ServerHarness({ settings: { rateLimit: options.rateLimit ?? 0, ...(options.budgets ? { budgets: options.budgets } : {}) } })
  await harness.users('ana', 'ben')
  const id = await harness.group('ana', 'ben')
  const ana = await harness.connect('ana')
  const ben = await harness.connect('ben')
  await settle()
  ana.take()
  ben.take()
  return { harness, id, ana, ben }
}

type Setup = Awaited<ReturnType<typeof group>>

/** Puts about this many KiB of events into the conversation: 6,800 characters of three bytes each are 20 KiB. */
async function fill({ harness, id }: Setup, kib: number) {
  for (let i = 0; i < kib / 20; i++) await harness.chat.submit('ana', harness.op(id, '字'.repeat(6_800)))
  await settle()
}

/** Passes time in which these peers answer, as live clients do. */
async function live(harness: ServerHarness, ms: number, ...pairs: SocketPair[]) {
  for (let left = ms; left > 0; left -= 10_000) {
    for (const pair of pairs) pair.send({ type: 'pong' })
    await harness.clock.advance(Math.min(left, 10_000))
  }
}

describe('heartbeat', () => {
  it('[L1] the server pings every 25 s, within a tenth', async () => {
    const { harness, ana, ben } = await group()
    const times: number[] = []
    for (let i = 0; i < 1_000; i++) {
      await harness.clock.advance(250)
      if (i % 40 === 0) ben.send({ type: 'pong' })
      for (const frame of ana.take('ping')) {
        times.push(harness.clock.monotonic())
        if (frame.type === 'ping') ana.send({ type: 'pong' })
      }
    }
    const gaps = times.slice(1).map((at, i) => at - times[i]!)
    expect(gaps.length).toBeGreaterThan(7)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(22_000)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(28_500)
    expect(new Set(gaps).size).toBeGreaterThan(1)
  })

  it('[L1] [X23] no frame for 60 s ends the connection with 4004 and destroys it', async () => {
    const { harness, ana } = await group()
    await harness.clock.advance(59_000)
    expect(ana.closed).toBeUndefined()
    await harness.clock.advance(2_000)
    expect(ana.closed).toEqual({ code: 4004, reason: 'no_pong' })
    expect(ana.terminated).toBe(true)
  })

  it('[L1] any frame counts as life', async () => {
    const { harness, id, ana } = await group()
    for (let i = 0; i < 5; i++) {
      await harness.clock.advance(50_000)
      ana.send({ type: 'typing', conversation: id, on: true })
    }
    expect(ana.closed).toBeUndefined()
  })

  it('[L1] [F49] a connection that never says anything is reaped', async () => {
    const { harness, ana } = await group()
    await harness.clock.advance(65_000)
    expect(ana.closed?.code).toBe(4004)
    expect(harness.chat.connectionsOf('ana')).toEqual([])
  })

  it('[L1] time in which the server does not read the socket does not count', async () => {
    const { harness, id, ana } = await group()
    harness.fault = { kind: 'unavailable', status: 'full' }
    ana.send(harness.op(id, 'a'))
    await harness.clock.advance(90_000)
    expect(ana.closed).toBeUndefined()
    harness.fault = undefined
    await harness.clock.advance(2_000)
    expect(ana.of('ack')).toHaveLength(1)
  })

  it('[L1] a paused socket is read for a moment every 30 s, so that a dead peer is seen', async () => {
    const { harness, id, ana } = await group()
    harness.fault = { kind: 'unavailable', status: 'full' }
    ana.send(harness.op(id, 'a'))
    await harness.clock.advance(1_000)
    expect(ana.pauses).toBe(1)
    await harness.clock.advance(62_000)
    expect(ana.pauses).toBeGreaterThanOrEqual(2)
  })

  it('[C1] a peer that does not answer the close is destroyed soon', async () => {
    const { harness, ana } = await group()
    ana.answersClose = false
    ana.sendBinary()
    expect(ana.terminated).toBe(false)
    await harness.clock.advance(2_500)
    expect(ana.terminated).toBe(true)
  })
})

describe('send budget', () => {
  it('[L3] over 256 KiB buffered, ephemeral frames are dropped and events still go', async () => {
    const setup = await group()
    const { harness, id, ana, ben } = setup
    ben.stall()
    await fill(setup, 400)
    ana.send({ type: 'typing', conversation: id, on: true })
    await settle()
    ben.unstall()
    expect(ben.of('typing')).toEqual([])
    expect(ben.of('event')).toHaveLength(20)
    expect(harness.chat.connectionsOf('ben')).toHaveLength(1)
  })

  it('[L3] over 1 MiB events are withheld; once drained the heads tell what is missing, and events flow again', async () => {
    const setup = await group()
    const { harness, id, ana, ben } = setup
    ben.stall()
    await fill(setup, 1_600)
    expect(ben.buffered).toBeLessThanOrEqual(1_024 * KiB + 64 * KiB)
    expect(ben.paused).toBe(true)
    ben.unstall()
    await harness.clock.advance(1_000)
    const received = ben.of('event').map(frame => frame.event.seq)
    expect(received).toEqual(Array.from({ length: received.length }, (_, i) => i + 1))
    expect(received.length).toBeLessThan(80)
    expect(ben.of('heads')).toEqual([{ type: 'heads', heads: { [id]: [80, 0, expect.any(String)] } }])
    expect(ben.paused).toBe(false)
    ben.take()
    await harness.ask(ana, harness.op(id, 'next'))
    expect(ben.of('event').map(frame => frame.event.seq)).toEqual([81])
  })

  it('[L3] [O6] who was removed while lagging is told so', async () => {
    const setup = await group()
    const { harness, id, ben } = setup
    ben.stall()
    await fill(setup, 1_600)
    await harness.chat.removeMember('ana', id, 'ben')
    ben.unstall()
    await harness.clock.advance(1_000)
    expect(ben.of('removed')).toEqual([{ type: 'removed', conversation: id }])
  })

  it('[L3] [O6] also who was brought back and removed again (sim seed 100365)', async () => {
    const setup = await group()
    const { harness, id, ben } = setup
    ben.stall()
    await fill(setup, 1_600)
    await harness.chat.removeMember('ana', id, 'ben')
    await harness.chat.addMember('ana', id, 'ben')
    await harness.chat.removeMember('ana', id, 'ben')
    ben.unstall()
    await harness.clock.advance(1_000)
    expect(ben.of('removed')).toEqual([{ type: 'removed', conversation: id }])
  })

  it('[L3] lagging for 30 s ends with 4003', async () => {
    const setup = await group()
    const { harness, ana, ben } = setup
    ben.stall()
    await fill(setup, 1_600)
    await live(harness, 29_000, ana)
    expect(ben.closed).toBeUndefined()
    await live(harness, 2_000, ana)
    expect(ben.closed).toEqual({ code: 4003, reason: 'slow' })
    expect(ben.terminated).toBe(true)
  })

  it('[L3] over 4 MiB ends with 4003 at once', async () => {
    const setup = await group({ budgets: { withhold: 16 * KiB, terminate: 24 * KiB } })
    const { harness, id, ben } = setup
    await fill(setup, 40)
    ben.stall()
    ben.send({ type: 'sync', ref: 1, conversation: id, after: 0 }, { type: 'sync', ref: 2, conversation: id, after: 0 })
    await settle()
    await harness.clock.advance(600)
    expect(ben.closed?.code).toBe(4003)
  })

  it('[L3] a lagging connection takes no further frame', async () => {
    const setup = await group()
    const { harness, id, ben } = setup
    ben.stall()
    await fill(setup, 1_600)
    ben.sendDespitePause(JSON.stringify(harness.op(id, 'held')))
    await settle()
    expect(await harness.texts(id)).not.toContain('held')
    ben.unstall()
    await harness.clock.advance(1_000)
    expect(ben.of('ack')).toHaveLength(1)
  })

  it('[L3] [X22] over the total of all connections the fullest are treated as lagging', async () => {
    const setup = await group({ budgets: { total: 300 * KiB } })
    const { harness, id, ana, ben } = setup
    ben.stall()
    await fill(setup, 400)
    await harness.clock.advance(1_500)
    expect(ben.paused).toBe(true)
    expect(ana.paused).toBe(false)
    const before = ben.buffered
    await harness.chat.submit('ana', harness.op(id, 'more'))
    await settle()
    expect(ben.buffered - before).toBeLessThan(200)
  })
})

describe('rate', () => {
  it('[L4] beyond the burst the server stops reading and goes on at the rate', async () => {
    const { harness, id, ana } = await group({ rateLimit: 20 })
    const ops = Array.from({ length: 100 }, (_, i) => harness.op(id, `m${i}`))
    for (const op of ops) ana.send(op)
    await settle()
    expect(ana.of('ack')).toHaveLength(60)
    expect(ana.paused).toBe(true)
    expect(ana.closed).toBeUndefined()
    await harness.clock.advance(1_000)
    expect(ana.of('ack').length).toBeGreaterThanOrEqual(79)
    expect(ana.of('ack').length).toBeLessThanOrEqual(81)
    await harness.clock.advance(1_100)
    expect(ana.of('ack').map(ack => ack.cid)).toEqual(ops.map(op => op.cid))
    expect(ana.paused).toBe(false)
  })

  it('[L4] the connections of a user share the bucket in turn', async () => {
    const { harness, id, ana } = await group({ rateLimit: 20 })
    const phone = await harness.connect('ana')
    for (let i = 0; i < 60; i++) ana.send(harness.op(id, `burst ${i}`))
    await settle()
    ana.take()
    for (let i = 0; i < 30; i++) {
      ana.send(harness.op(id, `a${i}`))
      phone.send(harness.op(id, `p${i}`))
    }
    await harness.clock.advance(1_000)
    expect(Math.abs(ana.of('ack').length - phone.of('ack').length)).toBeLessThanOrEqual(1)
    expect(ana.of('ack').length + phone.of('ack').length).toBeGreaterThanOrEqual(19)
  })

  it('[L4] more than 64 unanswered ops for 30 s close 4006', async () => {
    const { harness, id, ana, ben } = await group({ rateLimit: 1 })
    for (let i = 0; i < 150; i++) ana.sendDespitePause(JSON.stringify(harness.op(id, `m${i}`)))
    await live(harness, 29_000, ben)
    expect(ana.closed).toBeUndefined()
    await live(harness, 2_000, ben)
    expect(ana.closed).toEqual({ code: 4006, reason: 'rate' })
  })

  it('[L4] a peer that pushes thousands of frames past a pause is cut off at once', async () => {
    const { harness, id, ana } = await group({ rateLimit: 1 })
    for (let i = 0; i < 5_000 && !ana.closed; i++) ana.sendDespitePause(JSON.stringify(harness.op(id, `m${i}`)))
    expect(ana.closed?.code).toBe(4006)
  })

  it('[L4] a rate of 0 switches the limits off', async () => {
    const { harness, id, ana } = await group({ rateLimit: 0 })
    for (let i = 0; i < 300; i++) ana.send(harness.op(id, `m${i}`))
    await settle()
    expect(ana.of('ack')).toHaveLength(300)
  })

  it('[L4] an op over HTTP waits for a token for a while and is then refused with the time to wait', async () => {
    const { harness, id } = await group({ rateLimit: 1 })
    for (let i = 0; i < 3; i++) await harness.chat.submit('ana', harness.op(id, `m${i}`))
    const patient = harness.chat.submit('ana', harness.op(id, 'patient'))
    await harness.clock.advance(1_100)
    expect(await patient).toMatchObject({ type: 'ack', seq: 4 })
    const three = [1, 2, 3].map(() => harness.chat.submit('ana', harness.op(id, 'more')).then(() => 'ok', (error: unknown) => error))
    await harness.clock.advance(2_100)
    const [first, , third] = await Promise.all(three)
    expect(first).toBe('ok')
    expect(third).toMatchObject({ name: 'RateLimited', retryAfter: expect.any(Number) })
  })
})

describe('shutdown', () => {
  it('[L5] goaway with a spread, ops in hand finished, closed 1012, new connections refused', async () => {
    const { harness, id, ana, ben } = await group()
    const op = harness.op(id, 'in hand')
    ana.send(op)
    const drained = harness.chat.drain()
    expect(harness.chat.draining).toBe(true)
    expect(harness.chat.hasRoom('203.0.113.9')).toBe(false)
    await harness.clock.advance(1_000)
    await drained
    expect(ana.of('ack').map(ack => ack.cid)).toEqual([op.cid])
    for (const pair of [ana, ben]) {
      expect(pair.of('goaway')[0]?.after).toBeLessThanOrEqual(5_000)
      expect(pair.closed).toEqual({ code: 1012, reason: 'restart' })
    }
    expect(ana.of('goaway')[0]?.after).not.toBe(ben.of('goaway')[0]?.after)
    const late = harness.dial('ana')
    expect(late.closed?.code).toBe(1012)
    await settle()
    expect(harness.clock.pending).toBe(0)
  })

  it('[L5] what cannot finish is ended within the limit', async () => {
    const { harness, id, ana } = await group()
    harness.fault = { kind: 'unavailable', status: 'full' }
    ana.answersClose = false
    ana.send(harness.op(id, 'never'))
    await settle()
    let over = false
    const drained = harness.chat.drain().then(() => {
      over = true
    })
    await harness.clock.advance(7_000)
    expect(ana.closed).toBeUndefined()
    await harness.clock.advance(2_100)
    await drained
    expect(over).toBe(true)
    expect(ana.closed?.code).toBe(1012)
    expect(ana.terminated).toBe(true)
  })
})
