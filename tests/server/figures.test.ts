import { describe, expect, test } from 'vitest'
import { LatencyFigures } from '#parley/server/chat/figures.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'
import { SocketPair } from '#parley/tests/helpers/socket-pair.ts'

async function twoPeople() {
  const harness = new ServerHarness()
  await harness.users('ada', 'ben')
  const room = await harness.group('ada', 'ben')
  return { harness, room, ada: await harness.connect('ada'), ben: await harness.connect('ben') }
}

describe('[X38] what the chat counts', () => {
  test('ops by type, duplicates and rejects by code, each op once', async () => {
    const { harness, room, ada } = await twoPeople()
    const op = harness.op(room, 'one')
    await harness.ask(ada, op)
    await harness.ask(ada, op, harness.op(room, 'two'), { ...harness.op(room, 'three'), content: { type: 'text', text: '' } })
    await harness.ask(ada, { type: 'react', cid: harness.random.cid(), conversation: room, target: 1, emoji: '👍', on: true }, harness.op('nowhere', 'x'))
    await harness.chat.submit('ben', harness.op('nowhere', 'y'))
    const { counters } = harness.chat.figures()
    expect(counters.ops).toEqual({ send: 5, edit: 0, delete: 0, react: 1 })
    expect(counters.duplicates).toBe(1)
    expect(Object.fromEntries(counters.rejects.entries())).toEqual({ empty: 1, not_found: 2 })
  })

  test('answers and fan-outs are timed by the clock of the core', async () => {
    const { harness, room, ada } = await twoPeople()
    const before = harness.chat.figures().counters.fanOut.counts[0]!
    await harness.ask(ada, harness.op(room, 'one'), harness.op(room, 'two'))
    const { ack, fanOut, deliveries } = harness.chat.figures().counters
    expect(ack.counts[0]).toBe(2)
    expect(fanOut.counts[0]).toBeGreaterThan(before)
    // Two events for each of two connections.
    expect(deliveries).toBe(4)
  })

  test('an op that waited for the store is timed from its arrival', async () => {
    const { harness, room, ada } = await twoPeople()
    harness.fault = { kind: 'unavailable', status: 'busy' }
    ada.send(harness.op(room, 'late'))
    await settle()
    harness.fault = undefined
    await harness.clock.advance(700)
    await settle()
    const { ack, refused } = harness.chat.figures().counters
    expect(ack.sum).toBeGreaterThanOrEqual(100)
    expect(refused.entries()[0]?.[0]).toBe('busy')
    expect(refused.entries()[0]?.[1]).toBeGreaterThanOrEqual(1)
  })

  test('connections as they stand, and closes by code and by whose', async () => {
    const { harness } = await twoPeople()
    const seats = [1, 2, 3].map(() => harness.chat.accept(new SocketPair().server, harness.identity('ben')))
    await settle()
    expect(harness.chat.figures()).toMatchObject({ connections: 5, users: 2, sockets: 5, buffered: 0, lagging: 0, store: 'ok', draining: false })
    expect(harness.chat.figures().counters.opened).toBe(5)
    seats[0]!.closed(1001)
    seats[1]!.closed(3999)
    seats[2]!.closed()
    harness.chat.revoke('ada', {})
    await settle()
    expect(Object.fromEntries(harness.chat.figures().counters.closes.entries())).toEqual({ 'peer 1001': 1, 'peer other': 1, 'peer 1006': 1, 'server 4504': 1 })
    expect(harness.chat.figures().connections).toBe(1)
    const ended = harness.logLines.filter(line => line.message === 'connection ended').map(line => line.fields)
    expect(ended).toContainEqual(expect.objectContaining({ user: 'ben', by: 'peer', code: 3999, bytes: expect.any(Number), seconds: expect.any(Number) }))
  })

  test('bytes and messages that were written', async () => {
    const { harness, ada } = await twoPeople()
    const { messages, bytes } = harness.chat.figures().counters
    await harness.ask(ada, { type: 'ping' })
    const after = harness.chat.figures().counters
    expect(after.messages - messages).toBe(1)
    expect(after.bytes - bytes).toBe('{"type":"pong"}'.length)
  })
})

test('[X38] latencies fall into the class whose upper end they do not pass', () => {
  const figures = new LatencyFigures([1, 10])
  for (const ms of [0, 1, 1.1, 10, 11]) figures.add(ms)
  figures.add(5, 3)
  expect(figures.counts).toEqual([2, 5, 1])
  expect(figures.sum).toBeCloseTo(38.1)
})
