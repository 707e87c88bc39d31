import { describe, expect, it } from 'vitest'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'

async function twoInAGroup(harness = new ServerHarness()) {
  await harness.users('ana', 'ben')
  const group = await harness.group('ana', 'ben')
  const ana = await harness.connect('ana')
  const ben = await harness.connect('ben')
  await settle()
  ana.take()
  ben.take()
  return { harness, group, ana, ben }
}

describe('answers to ops', () => {
  it('[S1] each op is answered once per arrival, in order', async () => {
    const { harness, group, ana } = await twoInAGroup()
    const ops = Array.from({ length: 5 }, (_, i) => harness.op(group, `m${i}`))
    const frames = await harness.ask(ana, ...ops, harness.op('nowhere', 'x'))
    const answers = frames.filter(frame => frame.type === 'ack' || frame.type === 'reject')
    expect(answers.map(frame => frame.type === 'ack' ? frame.seq : frame.code)).toEqual([1, 2, 3, 4, 5, 'not_found'])
    expect(answers.slice(0, 5).map(frame => frame.cid)).toEqual(ops.map(op => op.cid))
  })

  it('[S2] an ack leaves only after the commit', async () => {
    const { harness, group, ana } = await twoInAGroup()
    const before = harness.commits.length
    ana.send(harness.op(group, 'hello'))
    expect(ana.of('ack')).toHaveLength(0)
    await settle()
    expect(harness.commits.length - before).toBe(1)
    expect(ana.of('ack')).toHaveLength(1)
  })

  it('[S3] [R2] the same op again gets the same seq and reaches nobody twice', async () => {
    const { harness, group, ana, ben } = await twoInAGroup()
    const op = harness.op(group, 'hello')
    await harness.ask(ana, op)
    const again = await harness.ask(ana, op)
    expect(again).toEqual([expect.objectContaining({ type: 'ack', cid: op.cid, seq: 1, duplicate: true })])
    expect(ben.of('event')).toHaveLength(1)
  })

  it('[S3] [R2] a duplicate is not published to other nodes', async () => {
    const harness = new ServerHarness()
    await harness.users('ana')
    const group = await harness.group('ana')
    const published: string[] = []
    const chat = harness.node('node-2', { publish: message => published.push(message.type), subscribe: () => () => {}, close: async () => {} })
    const op = harness.op(group, 'hello')
    await chat.submit('ana', op)
    await chat.submit('ana', op)
    expect(published).toEqual(['event'])
  })

  it('[S3] same cid with another body is a conflict', async () => {
    const { harness, group, ana } = await twoInAGroup()
    const op = harness.op(group, 'hello')
    await harness.ask(ana, op)
    expect(await harness.ask(ana, harness.op(group, 'other', op.cid))).toEqual([expect.objectContaining({ type: 'reject', code: 'cid_conflict' })])
  })

  it('[S3] [X30] a cid is scoped to its sender', async () => {
    const { harness, group, ana, ben } = await twoInAGroup()
    const op = harness.op(group, 'hello')
    await harness.ask(ana, op)
    const frames = await harness.ask(ben, harness.op(group, 'mine', op.cid))
    expect(frames).toContainEqual(expect.objectContaining({ type: 'ack', seq: 2 }))
  })

  it('[S3] a committed op is acknowledged again after its sender left', async () => {
    const { harness, group, ben } = await twoInAGroup()
    const op = harness.op(group, 'hello')
    await harness.ask(ben, op)
    await harness.chat.removeMember('ben', group, 'ben')
    expect(await harness.ask(ben, op)).toContainEqual(expect.objectContaining({ type: 'ack', seq: 1, duplicate: true }))
    expect(await harness.ask(ben, harness.op(group, 'new'))).toContainEqual(expect.objectContaining({ type: 'reject', code: 'not_found' }))
  })

  it('[R3] two copies in flight at once over two sockets commit once', async () => {
    const { harness, group, ana, ben } = await twoInAGroup()
    const tab = await harness.connect('ana')
    const op = harness.op(group, 'hello')
    ana.send(op)
    tab.send(op)
    await settle()
    expect([...ana.of('ack'), ...tab.of('ack')].map(ack => [ack.seq, ack.duplicate ?? false]).toSorted()).toEqual([[1, false], [1, true]])
    expect(ben.of('event')).toHaveLength(1)
    expect(await harness.texts(group)).toEqual(['hello'])
  })

  it('[S7] 64 pipelined ops share a commit', async () => {
    const { harness, group, ana } = await twoInAGroup()
    const before = harness.commits.length
    ana.sendBatch(Array.from({ length: 64 }, (_, i) => harness.op(group, `m${i}`)))
    await settle()
    expect(ana.of('ack')).toHaveLength(64)
    expect(harness.commits.slice(before)).toEqual([64])
  })

  it('[S9] the server sets sender, seq and at', async () => {
    const { harness, group, ana, ben } = await twoInAGroup()
    const op = harness.op(group, 'hello')
    ana.sendText(JSON.stringify({ ...op, sender: 'ben', seq: 99, at: 1 }))
    await settle()
    expect(ben.of('event')[0]?.event).toMatchObject({ sender: 'ana', seq: 1, at: harness.clock.now() })
  })

  it('[S9] mentions that the server adds are in the ack too', async () => {
    const { harness, group, ana } = await twoInAGroup()
    const frames = await harness.ask(ana, harness.op(group, 'hi @ben'))
    expect(frames).toContainEqual(expect.objectContaining({ type: 'ack', mentions: ['ben'] }))
  })

  it('[S8] the author deletes within the recall limit only', async () => {
    const { harness, group, ben } = await twoInAGroup(new ServerHarness({ policies: { recallLimit: 10_000 } }))
    await harness.ask(ben, harness.op(group, 'one'), harness.op(group, 'two'))
    expect(await harness.ask(ben, { type: 'delete', cid: harness.random.cid(), conversation: group, target: 1 })).toContainEqual(expect.objectContaining({ type: 'ack' }))
    await harness.clock.advance(11_000)
    expect(await harness.ask(ben, { type: 'delete', cid: harness.random.cid(), conversation: group, target: 2 })).toContainEqual(expect.objectContaining({ code: 'forbidden' }))
  })

  it('an op over HTTP takes the same path', async () => {
    const { harness, group, ben } = await twoInAGroup()
    const op = harness.op(group, 'by bot')
    expect(await harness.chat.submit('ana', op)).toMatchObject({ type: 'ack', seq: 1 })
    expect(await harness.chat.submit('ana', op)).toMatchObject({ type: 'ack', seq: 1, duplicate: true })
    await settle()
    expect(ben.of('event')).toHaveLength(1)
  })
})

describe('when the store is in trouble', () => {
  it('[S4] an op that the store refuses is held, the peer told, and the op carried out later', async () => {
    const { harness, group, ana, ben } = await twoInAGroup()
    harness.fault = { kind: 'unavailable', status: 'full' }
    const ops = ['a', 'b', 'c'].map(text => harness.op(group, text))
    expect(await harness.ask(ana, ...ops)).toEqual([{ type: 'status', store: 'full' }])
    expect(ana.paused).toBe(true)
    expect(ana.closed).toBeUndefined()
    await harness.clock.advance(3_000)
    expect(ana.of('ack')).toEqual([])
    harness.fault = undefined
    await harness.clock.advance(1_000)
    expect(ana.of('ack').map(ack => ack.cid)).toEqual(ops.map(op => op.cid))
    expect(ana.of('status').at(-1)).toEqual({ type: 'status', store: 'ok' })
    expect(ana.paused).toBe(false)
    expect(ben.of('event').map(frame => frame.event.seq)).toEqual([1, 2, 3])
  })

  it('[S4] a change of the trouble from busy to full is told', async () => {
    const { harness, group, ana } = await twoInAGroup()
    harness.fault = { kind: 'unavailable', status: 'busy' }
    await harness.ask(ana, harness.op(group, 'a'))
    harness.fault = { kind: 'unavailable', status: 'full' }
    await harness.clock.advance(2_000)
    expect(ana.of('status').map(frame => frame.store)).toEqual(['full'])
  })

  it('[S4] reads go on while ops are held', async () => {
    const { harness, group, ana } = await twoInAGroup()
    await harness.ask(ana, harness.op(group, 'a'))
    harness.fault = { kind: 'unavailable', status: 'busy' }
    ana.send(harness.op(group, 'b'))
    await settle()
    ana.sendDespitePause(JSON.stringify({ type: 'sync', ref: 1, conversation: group, after: 0 }))
    await settle()
    expect(ana.of('page')).toHaveLength(1)
  })

  it('[S4] [L2] while ops wait the peer gets a ping every 2 s', async () => {
    const { harness, group, ana } = await twoInAGroup()
    harness.fault = { kind: 'unavailable', status: 'busy' }
    await harness.ask(ana, harness.op(group, 'a'))
    await harness.clock.advance(10_500)
    expect(ana.of('ping').length).toBeGreaterThanOrEqual(4)
  })

  it('[S6] ops that arrive while others are held keep their place', async () => {
    const { harness, group, ana } = await twoInAGroup()
    harness.fault = { kind: 'unavailable', status: 'busy' }
    await harness.ask(ana, harness.op(group, '1'), harness.op(group, '2'))
    ana.sendDespitePause(JSON.stringify(harness.op(group, '3')))
    harness.fault = undefined
    await harness.clock.advance(1_500)
    expect(await harness.texts(group)).toEqual(['1', '2', '3'])
  })

  it('[S1] [T6] an unfit op behind a held one is answered after it', async () => {
    const { harness, group, ana } = await twoInAGroup()
    harness.fault = { kind: 'unavailable', status: 'busy' }
    const ops = [harness.op(group, '1'), harness.op(group, ' '), harness.op(group, '2')]
    ana.sendBatch(ops)
    await settle()
    harness.fault = undefined
    await harness.clock.advance(1_500)
    const answers = ana.frames.filter(frame => frame.type === 'ack' || frame.type === 'reject')
    expect(answers.map(frame => frame.cid)).toEqual(ops.map(op => op.cid))
  })

  it('[S6] a refusal in the middle of a run lets nothing behind it pass', async () => {
    const { harness, group, ana } = await twoInAGroup()
    const ops = Array.from({ length: 10 }, (_, i) => harness.op(group, `${i}`))
    ana.sendBatch(ops.slice(0, 5))
    await settle()
    harness.fault = { kind: 'unavailable', status: 'busy' }
    ana.sendBatch(ops.slice(5))
    await settle()
    harness.fault = undefined
    await harness.clock.advance(500)
    expect(await harness.texts(group)).toEqual(ops.map((_, i) => `${i}`))
    expect(ana.of('ack').map(ack => ack.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('[S4] [S6] what waits behind a committed op does not pass an op that the same commit refused on another connection', async () => {
    const { harness, group, ana } = await twoInAGroup()
    const other = await harness.connect('ana')
    const fates = [undefined, { kind: 'unavailable', status: 'busy' }]
    Object.defineProperty(harness, 'fault', { get: () => fates.shift() })
    ana.send(harness.op(group, 'committed'))
    other.send(harness.op(group, 'refused'))
    ana.send(harness.op(group, 'behind'))
    await settle()
    expect(await harness.texts(group)).toEqual(['committed'])
    expect([ana, other].map(pair => pair.of('status'))).toEqual([[{ type: 'status', store: 'busy' }], [{ type: 'status', store: 'busy' }]])
    await harness.clock.advance(2_000)
    expect((await harness.texts(group)).toSorted()).toEqual(['behind', 'committed', 'refused'])
  })

  it('[S5] after an op of unknown fate nothing more is processed and the connection ends with 4007', async () => {
    const { harness, group, ana } = await twoInAGroup()
    const ops = ['a', 'b', 'c'].map(text => harness.op(group, text))
    harness.fault = { kind: 'unknown', committed: false }
    ana.send(...ops, { type: 'sync', ref: 1, conversation: group, after: 0 })
    await settle()
    expect(ana.closed).toEqual({ code: 4007, reason: 'unavailable' })
    expect(ana.of('ack')).toEqual([])
    expect(ana.of('page')).toEqual([])
    expect(await harness.texts(group)).toEqual([])
  })

  it('[S5] [S6] ops of unknown fate that did commit are settled by sending them again', async () => {
    const { harness, group, ana } = await twoInAGroup()
    const ops = ['a', 'b'].map(text => harness.op(group, text))
    harness.fault = { kind: 'unknown', committed: true }
    ana.send(...ops)
    await settle()
    harness.fault = undefined
    const next = await harness.connect('ana')
    const frames = await harness.ask(next, ...ops, harness.op(group, 'c'))
    expect(frames.filter(frame => frame.type === 'ack').map(ack => [ack.seq, ack.duplicate ?? false])).toEqual([[1, true], [2, false], [3, false]])
    expect(await harness.texts(group)).toEqual(['a', 'b', 'c'])
  })

  it('[R10] [R4] a client that resends all of its ops keeps their order while the old connection still works on them', async () => {
    const { harness, group, ana } = await twoInAGroup()
    const ops = Array.from({ length: 6 }, (_, i) => harness.op(group, `${i}`))
    const next = await harness.connect('ana')
    harness.fault = { kind: 'unavailable', status: 'busy' }
    ana.send(...ops.slice(0, 4))
    await settle()
    next.send(...ops)
    harness.fault = undefined
    await harness.clock.advance(1_500)
    expect(await harness.texts(group)).toEqual(['0', '1', '2', '3', '4', '5'])
  })

  it('[A6] nothing of a message is in the log', async () => {
    const { harness, group, ana } = await twoInAGroup()
    harness.fault = { kind: 'unknown', committed: false }
    await harness.ask(ana, harness.op(group, 'very secret'))
    expect(harness.logLines.some(line => line.level === 'error')).toBe(true)
    expect(JSON.stringify(harness.logLines)).not.toContain('secret')
  })
})
