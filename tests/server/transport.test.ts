import { describe, expect, it } from 'vitest'
import { limits } from '#parley/shared/protocol/index.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { heldTurns, ServerHarness } from '#parley/tests/helpers/server-harness.ts'

async function alone() {
  const harness = new ServerHarness()
  await harness.users('ana', 'ben')
  const group = await harness.group('ana', 'ben')
  const ana = await harness.connect('ana')
  return { harness, group, ana }
}

describe('messages and frames', () => {
  it('[T3] a message may hold an array of frames, taken in order', async () => {
    const { harness, group, ana } = await alone()
    ana.sendBatch([harness.op(group, 'a'), { type: 'sync', ref: 's', conversation: group, after: 0 }, harness.op(group, 'b')])
    await settle()
    const answers = ana.take().filter(frame => frame.type !== 'event')
    expect(answers.map(frame => frame.type)).toEqual(expect.arrayContaining(['ack', 'page', 'ack']))
    const acks = answers.filter(frame => frame.type === 'ack')
    expect(acks.map(frame => frame.seq)).toEqual([1, 2])
  })

  it('[T3] answers keep the order of what they answer, a bad frame among ops too', async () => {
    const { defer, flush } = heldTurns()
    const harness = new ServerHarness({ defer })
    await harness.users('ana')
    const group = await harness.group('ana')
    const ana = harness.dial('ana')
    await flush()
    ana.take()
    const ops = [harness.op(group, 'one'), harness.op(group, 'two')]
    ana.sendText(JSON.stringify([ops[0], { type: 'typing' }, ops[1]]))
    await flush()
    expect(ana.take().filter(frame => frame.type !== 'event').map(frame => frame.type)).toEqual(['ack', 'error', 'ack'])
  })

  it('[T3] a binary message closes 4500', async () => {
    const { ana } = await alone()
    ana.sendBinary()
    expect(ana.closed).toEqual({ code: 4500, reason: 'bad_frames' })
  })

  it('[T4] what a turn makes leaves as one message of at most 64 frames', async () => {
    const { harness, group, ana } = await alone()
    ana.sendBatch(Array.from({ length: 64 }, (_, i) => harness.op(group, `m${i}`)))
    await settle()
    const sizes = ana.messages.slice(1).map((text): number => text.startsWith('[') ? (JSON.parse(text) as unknown[]).length : 1)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64)
    expect(sizes.length).toBeLessThan(10)
  })

  it('[T4] no message is larger than 1 MiB', async () => {
    const { harness, group, ana } = await alone()
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 20; i++) await harness.chat.submit('ben', harness.op(group, '字'.repeat(8_000)))
    }
    await settle()
    expect(ana.of('event')).toHaveLength(60)
    expect(Math.max(...ana.messages.map(text => Buffer.byteLength(text)))).toBeLessThanOrEqual(limits.serverMessageBytes)
  })

  it('[T5] unknown fields are ignored', async () => {
    const { harness, group, ana } = await alone()
    ana.sendText(JSON.stringify({ ...harness.op(group, 'a'), surprise: true }))
    await settle()
    expect(ana.of('ack')).toHaveLength(1)
  })

  it('[T5] an unknown type is answered and the connection stays', async () => {
    const { ana } = await alone()
    for (let i = 0; i < 10; i++) ana.sendText('{"type":"teleport","ref":"r1"}')
    await settle()
    expect(ana.of('error')).toHaveLength(10)
    expect(ana.of('error')[0]).toMatchObject({ code: 'unknown_type', ref: 'r1' })
    expect(ana.closed).toBeUndefined()
  })

  it('[T5a] [X11] sync on a foreign conversation is not_found; read, delivered and typing there are ignored', async () => {
    const { harness, ana } = await alone()
    const foreign = await harness.group('ben')
    const frames = await harness.ask(
      ana,
      { type: 'sync', ref: 7, conversation: foreign, after: 0 },
      { type: 'sync', ref: 8, conversation: 'missing', after: 0 },
      { type: 'read', conversation: foreign, seq: 1 },
      { type: 'delivered', conversation: foreign, seq: 1 },
      { type: 'typing', conversation: foreign, on: true },
    )
    expect(frames).toEqual([{ type: 'error', code: 'not_found', ref: 7 }, { type: 'error', code: 'not_found', ref: 8 }])
  })

  it('[T6] one bad frame in an array does not stop the others', async () => {
    const { harness, group, ana } = await alone()
    ana.sendText(JSON.stringify([harness.op(group, 'a'), 17, harness.op(group, 'b')]))
    await settle()
    expect(ana.of('ack')).toHaveLength(2)
    expect(ana.of('error')).toEqual([expect.objectContaining({ code: 'bad_frame' })])
  })

  it('[T6] more than 5 bad frames in a minute close 4500', async () => {
    const { harness, ana } = await alone()
    for (let i = 0; i < 5; i++) ana.sendText('{')
    await settle()
    expect(ana.closed).toBeUndefined()
    ana.send({ type: 'ping' })
    await harness.clock.advance(59_000)
    expect(ana.closed).toBeUndefined()
    ana.sendText('[]')
    expect(ana.closed?.code).toBe(4500)
  })

  it('[T6] bad frames of another minute are forgotten', async () => {
    const { harness, ana } = await alone()
    for (let i = 0; i < 5; i++) ana.sendText('{')
    for (let i = 0; i < 3; i++) {
      await harness.clock.advance(25_000)
      ana.send({ type: 'pong' })
    }
    for (let i = 0; i < 5; i++) ana.sendText('{')
    await settle()
    expect(ana.closed).toBeUndefined()
  })

  it('[T6] an op with a readable cid is rejected, never a bad frame', async () => {
    const { harness, group, ana } = await alone()
    const cid = harness.random.cid()
    ana.sendText(JSON.stringify({ type: 'send', cid, conversation: group, content: { type: 'text' } }))
    ana.sendText(JSON.stringify({ type: 'edit', cid, conversation: group, target: 'x', content: {} }))
    await settle()
    expect(ana.take()).toEqual([
      expect.objectContaining({ type: 'reject', cid, code: 'bad_content' }),
      expect.objectContaining({ type: 'reject', cid, code: 'bad_target' }),
    ])
  })

  it('[T6] answers to unfit ops keep their place among the others', async () => {
    const { harness, group, ana } = await alone()
    const ops = [harness.op(group, 'a'), harness.op(group, ' '), harness.op(group, 'b')]
    ana.sendBatch(ops)
    await settle()
    const answers = ana.take().filter(frame => frame.type === 'ack' || frame.type === 'reject')
    expect(answers.map(frame => frame.cid)).toEqual(ops.map(op => op.cid))
  })

  it('[T7] frames are taken strictly in order: a sync behind an op sees it', async () => {
    const { harness, group, ana } = await alone()
    ana.send(harness.op(group, 'a'), { type: 'sync', ref: 1, conversation: group, after: 0 })
    await settle()
    expect(ana.of('page')[0]?.events.map(event => event.seq)).toEqual([1])
  })

  it('[T7] a ping is answered on arrival, ahead of an op that waits', async () => {
    const { harness, group, ana } = await alone()
    harness.fault = { kind: 'unavailable', status: 'busy' }
    ana.send(harness.op(group, 'a'))
    await settle()
    ana.take()
    ana.sendDespitePause('{"type":"ping"}')
    await settle()
    expect(ana.take()).toEqual([{ type: 'pong' }])
  })

  it('[T7] [X15] nothing is processed before welcome', async () => {
    const { harness, group } = await alone()
    const early = harness.dial('ben')
    early.send({ type: 'ping' }, harness.op(group, 'early'))
    expect(early.frames).toEqual([])
    await settle()
    expect(early.frames.map(frame => frame.type).slice(0, 2)).toEqual(['welcome', 'pong'])
    expect(early.of('ack')).toHaveLength(1)
  })
})
