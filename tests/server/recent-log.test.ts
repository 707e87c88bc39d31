import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecentLog } from '#parley/server/chat/recent-log.ts'
import type { WirePage } from '#parley/server/chat/recent-log.ts'
import type { PageRequest, PageResult, Store } from '#parley/server/chat/ports.ts'
import { createMemoryStore } from '#parley/server/storage/memory.ts'
import type { LogEvent } from '#parley/shared/model.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'
import { cid, World } from '#parley/tests/contract/world.ts'

const budget = 1024 * 1024

const eventsOf = ({ events }: WirePage): LogEvent[] => JSON.parse(`[${events}]`) as LogEvent[]

/** What a store would say, in the form of the memory. */
const answerOf = ({ events, head, more, reset }: PageResult) => ({ events, head, more, reset: reset === true })
const saidBy = (page: WirePage) => ({ events: eventsOf(page), head: page.head, more: page.more, reset: page.reset })

const ask = (after: number, extra: Partial<PageRequest> = {}): PageRequest => ({ conversation: 'room', after, limit: 200, maxBytes: 1_000_000, ...extra })

async function room(messages: number) {
  const world = new World(createMemoryStore())
  for (const id of ['alice', 'bob']) await world.user(id)
  await world.conversation('room', ['alice', 'bob'])
  for (let i = 1; i <= messages; i++) await world.say('room', 'alice', `message ${i}`)
  let reads = 0
  const store: Pick<Store, 'page'> = {
    page(request) {
      reads++
      return world.store.page(request)
    },
  }
  const recent = new RecentLog(store, budget)
  const commit = async (event: Promise<LogEvent>) => recent.committed('room', await event)
  return { world, recent, commit, reads: () => reads }
}

/** What may befall a log and its memory, drawn by chance. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('say' as const), text: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), told: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('edit' as const, 'remove' as const, 'react' as const), target: fc.nat(40), told: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('audit' as const) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('ask' as const), after: fc.nat(45), limit: fc.constantFrom(1, 3, 200), maxBytes: fc.constantFrom(300, 1_000_000), tip: fc.constantFrom('none' as const, 'right' as const, 'wrong' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Runs one history; every answer is held against the store's. */
async function run(steps: readonly Step[]): Promise<number> {
  const { world, recent } = await room(0)
  let fromMemory = 0
  let untold: LogEvent[] = []
  const tell = () => untold.splice(0).forEach(event => recent.committed('room', event))
  for (const item of steps) {
    const head = (await world.store.headsOf(['room'])).get('room') ?? 0
    const last = head > 0 ? (await world.store.range('room', 1, head, 1_000)).filter(event => event.kind === 'message' && !event.deleted).at(-1)?.seq : undefined
    if (item.kind === 'ask') {
      // The fan-out has caught up before anybody is answered from memory; what it lost is told by the heads.
      tell()
      recent.heard('room', head)
      const [at] = item.after > 0 ? await world.store.range('room', item.after, item.after, 1) : []
      const tip = item.tip === 'none' ? {} : { tip: item.tip === 'right' && at ? at.cid : cid(0xBAD) }
      const request = ask(item.after, { limit: item.limit, maxBytes: item.maxBytes, ...tip })
      const expected = answerOf((await world.store.page(request))!)
      const known = recent.cached(request)
      if (known) {
        fromMemory++
        expect(known.bytes).toBe(Buffer.byteLength(known.events))
      }
      expect(saidBy(known ?? (await recent.read(request))!)).toEqual(expected)
      continue
    }
    if (item.kind === 'audit') {
      recent.heard('room', head)
      continue
    }
    const target = item.kind === 'say' ? undefined : Math.min(item.target, head) || last
    const change = item.kind === 'say'
      ? { kind: 'message' as const, content: { type: 'text' as const, text: item.text } }
      : item.kind === 'edit'
        ? { kind: 'edit' as const, target: target ?? 0, content: { type: 'text' as const, text: 'edited' } }
        : item.kind === 'remove' ? { kind: 'delete' as const, target: target ?? 0 } : { kind: 'reaction' as const, target: target ?? 0, emoji: '👍', on: true }
    const result = await world.append('room', 'alice', change)
    if (!result.ok) continue
    untold.push(result.event)
    // In any order, and some of it never.
    if (item.told) {
      tell()
      untold = []
    }
  }
  return fromMemory
}

describe('the memory of recent events', () => {
  it('[Y1] [Y2] [O5] answers what the store answers, whatever happens to the log', async () => {
    let fromMemory = 0
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      fromMemory += await run(steps)
    }), { numRuns: 300 })
    expect(fromMemory).toBeGreaterThan(300)
  })

  it('the same question is asked of the store once, also by many at the same time', async () => {
    const { world, recent, commit, reads } = await room(20)
    await recent.read(ask(0))
    for (let i = 0; i < 50; i++) expect(recent.cached(ask(0))?.head).toBe(20)
    await commit(world.say('room', 'bob', 'one more'))
    expect(eventsOf(recent.cached(ask(18))!).map(event => event.seq)).toEqual([19, 20, 21])
    expect(reads()).toBe(1)
  })

  it('[O5] a delete lets go of everything, and an erased text never comes back', async () => {
    const { world, recent, commit } = await room(3)
    await recent.read(ask(0))
    await commit(world.remove('room', 'alice', 2))
    expect(recent.cached(ask(0))).toBeUndefined()
    expect(recent.size).toBe(0)
    expect((await recent.read(ask(0)))?.events).not.toContain('message 2')
  })

  it('[O5] an answer that was read before a delete is not kept after it', async () => {
    const { world } = await room(3)
    const held = Promise.withResolvers<undefined>()
    const recent = new RecentLog({
      async page(request) {
        const page = await world.store.page(request)
        await held.promise
        return page
      },
    }, budget)
    const late = recent.read(ask(0))
    recent.committed('room', await world.remove('room', 'alice', 2))
    held.resolve(undefined)
    expect((await late)?.events).toContain('message 2')
    expect(recent.cached(ask(0))).toBeUndefined()
  })

  it('[O3] an event above a hole, or a head of which it has not heard, makes it worth nothing', async () => {
    const { world, recent } = await room(3)
    await recent.read(ask(0))
    await world.say('room', 'bob', 'unheard')
    recent.committed('room', await world.say('room', 'bob', 'heard'))
    expect(recent.cached(ask(0))).toBeUndefined()
    await recent.read(ask(0))
    recent.heard('room', 5)
    expect(recent.cached(ask(0))?.head).toBe(5)
    recent.heard('room', 6)
    expect(recent.cached(ask(0))).toBeUndefined()
  })

  it('holds no more than its budget, and lets go of what was unused for longest', async () => {
    const world = new World(createMemoryStore())
    await world.user('alice')
    const recent = new RecentLog(world.store, 20_000)
    for (let i = 0; i < 20; i++) {
      await world.conversation(`room ${i}`, ['alice'])
      for (let n = 0; n < 10; n++) await world.say(`room ${i}`, 'alice', 'x'.repeat(100))
      await recent.read({ ...ask(0), conversation: `room ${i}` })
      recent.cached({ ...ask(0), conversation: 'room 0' })
    }
    expect(recent.size).toBeLessThanOrEqual(20_000)
    expect(recent.cached({ ...ask(0), conversation: 'room 0' })?.head).toBe(10)
    expect(recent.cached({ ...ask(0), conversation: 'room 1' })).toBeUndefined()
    expect(recent.cached({ ...ask(0), conversation: 'room 19' })?.head).toBe(10)
  })

  it('a conversation that nobody asks for any more is let go of after 200 events', async () => {
    const { world, recent, commit } = await room(1)
    await recent.read(ask(0))
    for (let i = 0; i < 201; i++) await commit(world.say('room', 'alice', `${i}`))
    expect(recent.size).toBe(0)
  })
})

describe('catching up from memory', () => {
  async function storm(members: string[], wrap: (store: Store) => Store = store => store) {
    const asked: string[] = []
    const counted = (store: Store): Store => ({
      ...store,
      page: (request) => {
        asked.push('page')
        return store.page(request)
      },
      roleOf: (conversation, user) => {
        asked.push('roleOf')
        return store.roleOf(conversation, user)
      },
    })
    const harness = new ServerHarness({ store: store => wrap(counted(store)) })
    await harness.users(...members)
    const group = await harness.group(...members as [string, ...string[]])
    for (let i = 0; i < 20; i++) await harness.chat.submit(members[0]!, harness.op(group, `missed ${i}`))
    return { harness, group, asked }
  }

  it('a room that comes back at once costs one read of its log', async () => {
    const members = Array.from({ length: 30 }, (_, i) => `user${i}`)
    const { harness, group, asked } = await storm(members)
    const pairs = await Promise.all(members.map(name => harness.connect(name)))
    for (const pair of pairs) pair.send({ type: 'sync', ref: 1, conversation: group, after: 0 })
    await settle()
    expect(pairs.map(pair => pair.of('page')[0]?.events.length)).toEqual(members.map(() => 20))
    expect(asked).toEqual(['roleOf', 'page'])
  })

  it('[X11] [X12] one who was removed gets nothing out of it', async () => {
    const { harness, group } = await storm(['ana', 'ben'])
    const [ana, ben] = [await harness.connect('ana'), await harness.connect('ben')]
    expect(await harness.ask(ana, { type: 'sync', ref: 1, conversation: group, after: 0 })).toHaveLength(1)
    await harness.chat.removeMember('ana', group, 'ben')
    await settle()
    expect(await harness.ask(ben, { type: 'sync', ref: 1, conversation: group, after: 0 })).toEqual([{ type: 'error', code: 'not_found', ref: 1 }])
    expect(await harness.ask(ben, { type: 'sync', ref: 2, conversation: 'no such', after: 0 })).toEqual([{ type: 'error', code: 'not_found', ref: 2 }])
  })

  it('[O5] what was deleted is not in the next page', async () => {
    const { harness, group } = await storm(['ana', 'ben'])
    const ana = await harness.connect('ana')
    await harness.ask(ana, { type: 'sync', ref: 1, conversation: group, after: 0 })
    await harness.chat.submit('ana', { type: 'delete', cid: harness.random.cid(), conversation: group, target: 5 })
    await settle()
    ana.messages.length = 0
    await harness.ask(ana, { type: 'sync', ref: 2, conversation: group, after: 0 })
    expect(ana.messages.join()).toContain('missed 3')
    expect(ana.messages.join()).not.toContain('missed 4')
  })
})

describe('presence in a storm', () => {
  it('of many who come at once the others are told together, half a second later', async () => {
    const members = Array.from({ length: 100 }, (_, i) => `user${i}`)
    const harness = new ServerHarness()
    await harness.users(...members)
    await harness.group(...members as [string, ...string[]])
    const first = await harness.connect('user0')
    for (const name of members.slice(1)) await harness.connect(name)
    const told = first.of('presence').length
    expect(told).toBe(31)
    const writes = first.messages.length
    await harness.clock.advance(500)
    expect(first.of('presence')).toHaveLength(99)
    expect(first.messages.length - writes).toBeLessThanOrEqual(2)
  })
})
