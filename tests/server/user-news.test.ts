import { describe, expect, it } from 'vitest'
import { createMemoryBus } from '#parley/server/backplane/memory-bus.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'

const ben = { id: 'ben', username: 'ben', displayName: 'Benjamin', avatar: 'a1' }

async function threePeople() {
  const harness = new ServerHarness()
  await harness.users('ana', 'ben', 'cleo')
  const group = await harness.group('ana', 'ben')
  await harness.chat.submit('ana', harness.op(group, 'hello'))
  return { harness, group }
}

describe('a changed user (section 8)', () => {
  it('is told to their own connections and to those who share a conversation with them, here or not', async () => {
    const { harness } = await threePeople()
    const [ana, cleo] = [await harness.connect('ana'), await harness.connect('cleo')]
    harness.chat.tellUser({ user: ben })
    await settle()
    expect(ana.of('user')).toEqual([{ type: 'user', user: ben }])
    const own = await harness.connect('ben')
    ana.take()
    harness.chat.tellUser({ user: ben, blocked: ['cleo'] })
    await settle()
    expect([ana.of('user').length, own.of('user').length, cleo.of('user').length]).toEqual([1, 1, 0])
    expect([ana.of('blocked'), own.of('blocked')]).toEqual([[], [{ type: 'blocked', users: ['cleo'] }]])
  })

  it('reaches those on other nodes', async () => {
    const { harness } = await threePeople()
    const bus = createMemoryBus()
    const [first, second] = [harness.node('a', bus.connect()), harness.node('b', bus.connect())]
    const ana = await harness.connect('ana', {}, second)
    first.tellUser({ user: ben })
    await settle()
    expect(ana.of('user')).toEqual([{ type: 'user', user: ben }])
  })

  it('of a bot, which is a member of nothing, is told to its conversation, on every node', async () => {
    const { harness, group } = await threePeople()
    const bus = createMemoryBus()
    const [first, second] = [harness.node('a', bus.connect()), harness.node('b', bus.connect())]
    const [ana, far, cleo] = [await harness.connect('ana', {}, first), await harness.connect('ben', {}, second), await harness.connect('cleo', {}, second)]
    const bot = { id: 'b1', username: 'bot', displayName: 'Watch', bot: true } as const
    first.tellUser({ user: bot, conversation: group })
    await settle()
    expect([ana, far, cleo].map(pair => pair.of('user'))).toEqual([[{ type: 'user', user: bot }], [{ type: 'user', user: bot }], []])
  })

  it('[W2] welcome names whom one has blocked, and asks the store only for who has', async () => {
    const { harness } = await threePeople()
    await harness.store.setBlock('ana', 'cleo', true)
    expect(harness.dial('ana').of('welcome')).toEqual([])
    const pair = harness.dial('ana', { blocks: true })
    await settle()
    expect(pair.of('welcome')).toMatchObject([{ blocked: ['cleo'] }])
    const plain = harness.dial('ben')
    await settle()
    expect(plain.of('welcome')[0]).not.toHaveProperty('blocked')
  })
})

describe('two of whom one has blocked the other (section 8)', () => {
  it('[X34] are neither here for each other, nor type, nor read, until it ends', async () => {
    const { harness, group } = await threePeople()
    await harness.chat.addMember('ana', group, 'cleo')
    const [ana, ben, cleo] = [await harness.connect('ana'), await harness.connect('ben'), await harness.connect('cleo')]
    for (const pair of [ana, ben, cleo]) pair.take()
    const user = { id: 'ben', username: 'ben', displayName: 'ben' }
    harness.chat.tellUser({ user, blocked: ['ana'] })
    await settle()
    expect([ana.of('presence'), ben.of('presence'), cleo.of('presence')]).toEqual([[{ type: 'presence', user: 'ben', state: 'offline' }], [{ type: 'presence', user: 'ana', state: 'offline' }], []])
    for (const pair of [ana, ben, cleo]) pair.take()
    ana.send({ type: 'typing', conversation: group, on: true })
    ben.send({ type: 'typing', conversation: group, on: true }, { type: 'read', conversation: group, seq: 1 }, { type: 'presence', state: 'idle' })
    await settle()
    expect([ana.of('typing'), ana.of('receipt'), ana.of('presence'), ben.of('typing')]).toEqual([[], [], [], []])
    expect([cleo.of('typing').length, cleo.of('receipt').length, cleo.of('presence').length]).toEqual([2, 1, 1])
    const stateFor = async (viewer: string) => (await harness.chat.conversation(viewer, group))?.members.find(member => member.user.id === 'ben')?.state
    expect([await stateFor('ana'), await stateFor('cleo')]).toEqual(['offline', 'idle'])
    harness.chat.tellUser({ user, blocked: [] })
    await settle()
    expect([ana.of('presence'), ben.of('presence')]).toEqual([[{ type: 'presence', user: 'ben', state: 'idle' }], [{ type: 'presence', user: 'ana', state: 'online' }]])
  })

  it('[X34] also when the block is older than the connection', async () => {
    const { harness, group } = await threePeople()
    await harness.store.setBlock('ben', 'ana', true)
    const ana = await harness.connect('ana')
    const ben = await harness.connect('ben', { blocks: true })
    ben.send({ type: 'typing', conversation: group, on: true })
    await settle()
    expect([ana.of('presence'), ana.of('typing')]).toEqual([[], []])
  })
})

describe('what a user hides (section 8)', () => {
  it('[R18] their read position goes to their own devices only, what has arrived to everybody', async () => {
    const { harness, group } = await threePeople()
    const ana = await harness.connect('ana')
    const [desk, phone] = [await harness.connect('ben', { hides: { reads: true } }), await harness.connect('ben', { hides: { reads: true } })]
    ana.take()
    await harness.ask(desk, { type: 'read', conversation: group, seq: 1 }, { type: 'delivered', conversation: group, seq: 1 })
    expect(ana.of('receipt')).toEqual([expect.objectContaining({ user: 'ben', delivered: 1 })])
    expect(ana.of('receipt').some(receipt => 'read' in receipt)).toBe(false)
    expect(phone.of('receipt').some(receipt => receipt.read === 1)).toBe(true)
  })

  it('[R17] nobody is told that they are here, nor that they have gone; shown again they are', async () => {
    const { harness } = await threePeople()
    const ana = await harness.connect('ana')
    const own = await harness.connect('ben', { hides: { presence: true } })
    await settle()
    expect(ana.of('presence')).toEqual([])
    expect((await harness.chat.conversations('ana'))[0]?.members.find(({ user }) => user.id === 'ben')?.state).toBe('offline')
    harness.chat.tellUser({ user: ben, hides: {} })
    await settle()
    expect(ana.of('presence')).toEqual([{ type: 'presence', user: 'ben', state: 'online' }])
    harness.chat.tellUser({ user: ben, hides: { presence: true } })
    await settle()
    expect(ana.of('presence').at(-1)).toEqual({ type: 'presence', user: 'ben', state: 'offline' })
    own.take()
  })
})

describe('blocks (S9)', () => {
  it('[S9] who is blocked begins no conversation with, and adds nobody; one that is there can be read', async () => {
    const { harness } = await threePeople()
    await harness.store.setBlock('ana', 'cleo', true)
    const outcomes = await Promise.all([
      harness.chat.createConversation('cleo', { kind: 'direct', title: '', members: ['ana'] }),
      harness.chat.createConversation('cleo', { kind: 'group', title: 'trap', members: ['ben', 'ana'] }),
      harness.chat.createConversation('ana', { kind: 'direct', title: '', members: ['cleo'] }),
    ])
    expect(outcomes.map(outcome => outcome.ok ? 'made' : outcome.code)).toEqual(['forbidden', 'forbidden', 'made'])
    const there = await harness.chat.createConversation('cleo', { kind: 'direct', title: '', members: ['ana'] })
    if (!there.ok) throw new Error(there.message)
    expect(await harness.chat.submit('cleo', harness.op(there.value.id, 'hi'))).toMatchObject({ type: 'reject', code: 'forbidden' })
  })
})
