import { describe, expect, it } from 'vitest'
import { createMemoryBus } from '#parley/server/backplane/memory-bus.ts'
import type { MessageFate } from '#parley/server/backplane/memory-bus.ts'
import type { BackplaneMessage } from '#parley/server/chat/backplane-port.ts'
import type { Store } from '#parley/server/chat/ports.ts'
import { decodeServerMessage } from '#parley/shared/protocol/index.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { heldTurns, ServerHarness } from '#parley/tests/helpers/server-harness.ts'
import type { SocketPair } from '#parley/tests/helpers/socket-pair.ts'

const seqs = (pair: SocketPair) => pair.of('event').map(frame => frame.event.seq)

async function twoNodes(fate: (message: BackplaneMessage) => MessageFate = () => 'deliver') {
  const harness = new ServerHarness()
  const state = { fate }
  const bus = createMemoryBus({ fate: message => state.fate(message) })
  await harness.users('ana', 'ben', 'cleo')
  const group = await harness.group('ana', 'ben')
  const left = harness.node('left', bus.connect())
  const right = harness.node('right', bus.connect())
  const ana = await harness.connect('ana', {}, left)
  const ben = await harness.connect('ben', {}, right)
  await settle()
  ana.take()
  ben.take()
  return { harness, group, bus, state, left, right, ana, ben }
}

describe('fan-out on one node', () => {
  it('[O2] every connection of every member gets every event, the sender\'s included', async () => {
    const harness = new ServerHarness()
    await harness.users('ana', 'ben', 'cleo')
    const group = await harness.group('ana', 'ben')
    const pairs = [await harness.connect('ana'), await harness.connect('ana'), await harness.connect('ben')]
    const stranger = await harness.connect('cleo')
    const op = harness.op(group, 'hello')
    pairs[0]?.send(op)
    await settle()
    for (const pair of pairs) expect(pair.of('event').map(frame => frame.event.cid)).toEqual([op.cid])
    expect(stranger.of('event')).toEqual([])
  })

  it('[O1] concurrent senders share one contiguous log, in the same order for everyone', async () => {
    const harness = new ServerHarness()
    await harness.users('ana', 'ben')
    const group = await harness.group('ana', 'ben')
    const [ana, ben] = [await harness.connect('ana'), await harness.connect('ben')]
    for (let i = 0; i < 50; i++) {
      ana.send(harness.op(group, `a${i}`))
      ben.send(harness.op(group, `b${i}`))
      if (i % 7 === 0) await settle()
    }
    await settle()
    expect(seqs(ana)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
    expect(ana.of('event')).toEqual(ben.of('event'))
    const texts = await harness.texts(group)
    expect(texts.filter(text => text.startsWith('a'))).toEqual(Array.from({ length: 50 }, (_, i) => `a${i}`))
  })

  it('an event is encoded once for all its receivers', async () => {
    const harness = new ServerHarness()
    await harness.users('ana', 'ben')
    const group = await harness.group('ana', 'ben')
    const pairs = [await harness.connect('ana'), await harness.connect('ben'), await harness.connect('ben')]
    for (const pair of pairs) pair.messages.length = 0
    await harness.chat.submit('ana', harness.op(group, 'x'))
    await settle()
    expect(new Set(pairs.map(pair => pair.messages.at(-1))).size).toBe(1)
  })

  it('[T3] the events of one turn reach each connection as one message, of at most 64 frames', async () => {
    const { defer, flush } = heldTurns()
    const harness = new ServerHarness({ defer })
    await harness.users('ana', 'ben')
    const group = await harness.group('ana', 'ben')
    const [ana, ben] = [harness.dial('ana'), harness.dial('ben')]
    await flush()
    ana.messages.length = 0
    ben.messages.length = 0
    ana.sendBatch(Array.from({ length: 64 }, (_, i) => harness.op(group, `a${i}`)))
    ben.sendBatch(Array.from({ length: 36 }, (_, i) => harness.op(group, `b${i}`)))
    await settle()
    expect(ben.messages).toEqual([])
    await flush()
    const held = (messages: readonly string[]) => messages.map(message => decodeServerMessage(message).map(frame => frame.type))
    const many = (count: number, type: string) => Array.from({ length: count }, () => type)
    const second = [...many(36, 'event'), ...many(28, 'ack')]
    // 100 events and one's own acks: never a message for each, and never one of more than 64 frames.
    expect(held(ana.messages)).toEqual([many(64, 'event'), second, many(36, 'ack')])
    expect(held(ben.messages)).toEqual([many(64, 'event'), second, many(8, 'ack')])
    expect(seqs(ben)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
  })

  it('[R8] an ack leaves behind the events of its turn, or it would look like a hole', async () => {
    const { defer, flush } = heldTurns()
    const harness = new ServerHarness({ defer })
    await harness.users('ana', 'ben')
    const group = await harness.group('ana', 'ben')
    const [ana, ben] = [harness.dial('ana'), harness.dial('ben')]
    await flush()
    ana.take()
    ben.send(harness.op(group, 'one'))
    ana.send(harness.op(group, 'two'))
    await flush()
    const told = ana.take().map(frame => frame.type === 'event' ? frame.event.seq : frame.type)
    expect(told).toEqual([1, 2, 'ack'])
  })

  it('[O4] an audit between a commit and its fan-out reads nothing', async () => {
    const { defer, flush } = heldTurns()
    const reads: string[] = []
    const harness = new ServerHarness({
      defer,
      store: store => ({
        ...store,
        range(...args) {
          reads.push(args[0])
          return store.range(...args)
        },
      }),
    })
    await harness.users('ana', 'ben')
    const group = await harness.group('ana', 'ben')
    const ben = harness.dial('ben')
    await flush()
    for (let i = 0; i < 20; i++) {
      void harness.chat.submit('ana', harness.op(group, `m${i}`))
      await harness.clock.advance(1_000)
    }
    await flush()
    expect(seqs(ben)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    expect(reads).toEqual([])
  })

  it('[O3] a connection that reads what it lacks follows again after one read, however fast the log grows', async () => {
    let release = () => {}
    let letIn = () => {}
    let reads = 0
    const harness = new ServerHarness({
      store: store => ({
        ...store,
        async heads(user) {
          const heads = await store.heads(user)
          if (user === 'ben') {
            await new Promise<void>((resolve) => {
              letIn = resolve
            })
          }
          return heads
        },
        async range(...args) {
          reads++
          const events = await store.range(...args)
          await new Promise<void>((resolve) => {
            release = resolve
          })
          return events
        },
      }),
    })
    await harness.users('ana', 'ben')
    const group = await harness.group('ana', 'ben')
    await harness.connect('ana')
    await harness.chat.submit('ana', harness.op(group, 'before'))
    await settle()
    // Ben's heads are read before one more event: that one is read for him, while the log grows at every step.
    const late = harness.dial('ben')
    await settle()
    await harness.chat.submit('ana', harness.op(group, 'between'))
    letIn()
    await settle()
    for (let i = 0; i < 10; i++) {
      await harness.chat.submit('ana', harness.op(group, `m${i}`))
      await settle()
      release()
      await settle()
    }
    expect(seqs(late)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(reads).toBe(1)
  })

  it('[R7] [R9] the sender\'s own event carries the cid of its ack', async () => {
    const harness = new ServerHarness()
    await harness.users('ana')
    const notes = await harness.group('ana')
    const ana = await harness.connect('ana')
    const frames = await harness.ask(ana, harness.op(notes, 'x'))
    const [ack] = frames.filter(frame => frame.type === 'ack')
    const [event] = frames.filter(frame => frame.type === 'event')
    expect(event?.event).toMatchObject({ cid: ack?.cid, seq: ack?.seq, at: ack?.at })
  })

  it('[O5] a deletion reaches the members, and a resend of the deleted op is a duplicate', async () => {
    const harness = new ServerHarness()
    await harness.users('ana', 'ben')
    const group = await harness.group('ana', 'ben')
    const ana = await harness.connect('ana')
    const ben = await harness.connect('ben')
    const op = harness.op(group, 'oops')
    await harness.ask(ana, op)
    await harness.ask(ana, { type: 'delete', cid: harness.random.cid(), conversation: group, target: 1 })
    expect(ben.of('event').at(-1)?.event).toMatchObject({ kind: 'delete', target: 1 })
    expect(await harness.ask(ana, op)).toEqual([expect.objectContaining({ type: 'ack', seq: 1, duplicate: true })])
  })

  it('[O6] [R13] the leave event is the last one its subject gets, then removed', async () => {
    const harness = new ServerHarness()
    await harness.users('ana', 'ben')
    const group = await harness.group('ana', 'ben')
    const ana = await harness.connect('ana')
    const ben = await harness.connect('ben')
    ben.take()
    ana.send(harness.op(group, 'one'))
    const leaving = harness.chat.removeMember('ana', group, 'ben')
    ana.send(harness.op(group, 'two'), harness.op(group, 'three'))
    await leaving
    await settle()
    const told = ben.frames.filter(frame => frame.type === 'event' || frame.type === 'removed')
    expect(told.map(frame => frame.type)).toEqual([...told.slice(0, -1).map(() => 'event'), 'removed'])
    expect(ben.of('event').at(-1)?.event).toMatchObject({ kind: 'member', user: 'ben', change: 'leave' })
    ben.take()
    ana.send({ type: 'typing', conversation: group, on: true }, harness.op(group, 'four'))
    await settle()
    expect(ben.take().filter(frame => frame.type !== 'presence')).toEqual([])
    expect(seqs(ana)).toEqual([1, 2, 3, 4, 5])
  })

  it('[O6] who joins gets the summary first, then the events from the join on', async () => {
    const harness = new ServerHarness()
    await harness.users('ana', 'ben')
    const group = await harness.group('ana')
    const ana = await harness.connect('ana')
    const ben = await harness.connect('ben')
    await harness.ask(ana, harness.op(group, 'before'))
    const joining = harness.chat.addMember('ana', group, 'ben')
    ana.send(harness.op(group, 'after'))
    await joining
    await settle()
    const told = ben.frames.filter(frame => frame.type === 'event' || frame.type === 'conversation')
    expect(told[0]).toMatchObject({ type: 'conversation', conversation: { id: group, role: 'member' } })
    expect(told.slice(1).map(frame => frame.type === 'event' ? frame.event.seq : 0)).toEqual([2, 3])
  })

  it('[O6] who leaves and joins again follows on', async () => {
    const harness = new ServerHarness()
    await harness.users('ana', 'ben')
    const group = await harness.group('ana', 'ben')
    const ben = await harness.connect('ben')
    await harness.chat.removeMember('ben', group, 'ben')
    await harness.chat.addMember('ana', group, 'ben')
    await harness.chat.submit('ana', harness.op(group, 'welcome back'))
    await settle()
    expect(seqs(ben)).toEqual([1, 2, 3])
    expect(ben.frames.filter(frame => frame.type !== 'presence').map(frame => frame.type).slice(0, 3)).toEqual(['event', 'removed', 'conversation'])
  })

  it('[O4] [R5] what was committed but never fanned out is pushed by the audit', async () => {
    const harness = new ServerHarness()
    await harness.users('ana', 'ben')
    const group = await harness.group('ana', 'ben')
    const ben = await harness.connect('ben')
    const op = harness.op(group, 'committed, then the process died')
    await harness.store.append({ conversation: group, actor: 'ana', cid: op.cid, change: { kind: 'message', content: op.content }, at: 1 })
    await settle()
    expect(seqs(ben)).toEqual([])
    await harness.clock.advance(20_000)
    expect(seqs(ben)).toEqual([1])
  })
})

describe('fan-out over nodes', () => {
  it('[O2] members on another node get the event', async () => {
    const { harness, group, ana, ben } = await twoNodes()
    await harness.ask(ana, harness.op(group, 'hello'))
    expect(seqs(ben)).toEqual([1])
  })

  it('[O3] [R6] what the backplane brings in the wrong order, doubled or with holes is pushed in order', async () => {
    let count = 0
    const { harness, group, bus, ana, ben } = await twoNodes((message) => {
      if (message.type !== 'event') return 'deliver'
      return (['hold', 'deliver', 'lose', 'double'] as const)[count++ % 4]!
    })
    for (let i = 0; i < 12; i++) {
      ana.send(harness.op(group, `m${i}`))
      await settle()
    }
    bus.release()
    await settle()
    expect(seqs(ben)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  it('[O3] [R8] an event that comes early waits for those before it', async () => {
    let first = true
    const { harness, group, bus, ana, ben } = await twoNodes((message) => {
      if (message.type !== 'event' || !first) return 'deliver'
      first = false
      return 'hold'
    })
    ana.send(harness.op(group, 'one'), harness.op(group, 'two'))
    await settle()
    expect(seqs(ben)).toEqual([1, 2])
    bus.release()
    await settle()
    expect(seqs(ben)).toEqual([1, 2])
  })

  it('[O4] a lost push heals within 20 s', async () => {
    const { harness, group, ana, ben } = await twoNodes(message => message.type === 'event' ? 'lose' : 'deliver')
    await harness.ask(ana, harness.op(group, 'lost'))
    expect(seqs(ben)).toEqual([])
    await harness.clock.advance(20_000)
    expect(seqs(ben)).toEqual([1])
  })

  it('[O4] a join of which a node never heard heals within 20 s', async () => {
    const { harness, group, left, right, state } = await twoNodes()
    const cleo = await harness.connect('cleo', {}, right)
    state.fate = () => 'lose'
    await left.addMember('ana', group, 'cleo')
    await left.submit('ana', harness.op(group, 'hello cleo'))
    await harness.clock.advance(20_000)
    expect(cleo.of('conversation')[0]?.conversation.id).toBe(group)
    state.fate = () => 'deliver'
    await left.submit('ana', harness.op(group, 'again'))
    await settle()
    expect(seqs(cleo).at(-1)).toBe(3)
  })

  it('[O4] a failed read of a hole is tried again by the audit', async () => {
    const harness = new ServerHarness()
    const bus = createMemoryBus({ fate: message => message.type === 'event' ? 'lose' : 'deliver' })
    let fails = 1
    const flaky: Store = {
      ...harness.store,
      range: (...args) => fails-- > 0 ? Promise.reject(new Error('read failed')) : harness.store.range(...args),
    }
    await harness.users('ana', 'ben')
    const group = await harness.group('ana', 'ben')
    const left = harness.node('left', bus.connect())
    const right = harness.node('right', bus.connect(), flaky)
    const ben = await harness.connect('ben', {}, right)
    await left.submit('ana', harness.op(group, 'hello'))
    await harness.clock.advance(16_000)
    expect(seqs(ben)).toEqual([])
    ben.send({ type: 'pong' })
    await harness.clock.advance(20_000)
    expect(seqs(ben)).toEqual([1])
  })

  it('[O6] a leave on another node is the last event here too', async () => {
    const { harness, group, left, ben } = await twoNodes()
    await left.removeMember('ana', group, 'ben')
    await left.submit('ana', harness.op(group, 'without ben'))
    await settle()
    expect(ben.frames.filter(frame => frame.type === 'event' || frame.type === 'removed').map(frame => frame.type)).toEqual(['event', 'removed'])
  })

  it('[R3] [R10] the same op sent to two nodes at once commits once', async () => {
    const { harness, group, left, right, ana, ben } = await twoNodes()
    const op = harness.op(group, 'once')
    const answers = await Promise.all([left.submit('ana', op), right.submit('ana', op)])
    await settle()
    expect(answers.map(answer => answer.type === 'ack' && answer.seq)).toEqual([1, 1])
    expect(seqs(ana)).toEqual([1])
    expect(seqs(ben)).toEqual([1])
  })

  it('[R18] a read position counts on a node that has not heard of the rejoin yet (seed 21187)', async () => {
    const { harness, group, state, right, ben } = await twoNodes()
    await harness.chat.submit('ana', harness.op(group, 'one'))
    await harness.chat.removeMember('ana', group, 'ben')
    await settle()
    state.fate = () => 'lose'
    await harness.chat.addMember('ana', group, 'ben')
    await harness.chat.submit('ana', harness.op(group, 'two'))
    ben.send({ type: 'read', conversation: group, seq: 4 })
    await settle()
    expect((await right.conversation('ben', group))?.readSeq).toBe(4)
  })

  it('typing, receipts and presence cross nodes', async () => {
    const { harness, group, ana, ben } = await twoNodes()
    await harness.ask(ben, { type: 'typing', conversation: group, on: true })
    expect(ana.of('typing')).toEqual([{ type: 'typing', conversation: group, user: 'ben', on: true }])
    await harness.ask(ana, harness.op(group, 'x'))
    await harness.ask(ben, { type: 'read', conversation: group, seq: 1 })
    expect(ana.of('receipt')).toEqual([expect.objectContaining({ user: 'ben', read: 1 })])
    await harness.ask(ben, { type: 'presence', state: 'idle' })
    expect(ana.of('presence').at(-1)).toEqual({ type: 'presence', user: 'ben', state: 'idle' })
  })

  it('a new conversation reaches members on another node', async () => {
    const { harness, left, ben } = await twoNodes()
    const made = await left.createConversation('ana', { kind: 'direct', title: '', members: ['ben'] })
    await settle()
    const id = made.ok ? made.value.id : ''
    expect(ben.of('conversation')[0]?.conversation).toMatchObject({ id, kind: 'direct', head: 0 })
    await left.submit('ana', harness.op(id, 'hi'))
    await settle()
    expect(seqs(ben)).toEqual([1])
  })
})
