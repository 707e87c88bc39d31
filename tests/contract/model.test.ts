import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LogChange } from '#parley/server/chat/ports.ts'
import { createMemoryStore } from '#parley/server/storage/memory.ts'
import { openSqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import { cid, people, text, World } from '#parley/tests/contract/world.ts'

// Few of each, so that steps meet: an op that nothing was done to before finds no faults.
const user = fc.constantFrom('alice', 'alice', 'alice', 'bob', 'bob', 'carol', 'dave')
const conversation = fc.oneof({ weight: 12, arbitrary: fc.constant('room') }, { weight: 3, arbitrary: fc.constantFrom('news', 'pair', 'nowhere') })
const seq = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 6 }) }, { weight: 1, arbitrary: fc.nat(60) })
const role = fc.constantFrom('owner', 'admin', 'member')
const words = fc.array(fc.constantFrom('上海', '海东', '东', 'hello', 'help', 'Straße', '@bob', '@all', '@carol.', '，', '😀'), { minLength: 1, maxLength: 5 }).map(parts => parts.join(' '))
const target = { target: seq }

const change: fc.Arbitrary<LogChange> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('message'), content: words.map(text), replyTo: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: seq }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('edit'), ...target, content: words.map(text) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete'), ...target }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('reaction'), ...target, emoji: fc.constantFrom('👍', '🎉'), on: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('member'), user, change: fc.constantFrom('join', 'leave', 'role'), role: fc.option(role, { nil: undefined }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('meta'), title: fc.option(words, { nil: undefined }), topic: fc.option(fc.constantFrom('', 'x'), { nil: undefined }) }) },
)

const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ type: fc.constant('append'), conversation, actor: user, cid: fc.integer({ min: 1, max: 400 }), change }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('raise'), conversation, actor: user, readSeq: seq, deliveredSeq: seq }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('block'), actor: user, other: user, on: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('search'), actor: user, query: words }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('page'), conversation, after: fc.nat(16), limit: fc.integer({ min: 1, max: 5 }), maxBytes: fc.constantFrom(100, 600, 100_000) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('history'), conversation, limit: fc.integer({ min: 1, max: 4 }), cursor: fc.constantFrom('before', 'after', 'around'), at: fc.nat(24) }) },
)

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** Takes a step on a world; what it answers is compared. */
function take(world: World, step: Step): Promise<unknown> {
  const { store } = world
  switch (step.type) {
    case 'append': return world.append(step.conversation, step.actor, step.change, { cid: cid(step.cid) })
    case 'raise': return store.raisePositions(step.conversation, step.actor, step)
    case 'block': return store.setBlock(step.actor, step.other, step.on)
    case 'search': return store.search({ user: step.actor, query: step.query, limit: 3 })
    case 'page': return store.page({ ...step })
    case 'history': return world.history({ conversation: step.conversation, limit: step.limit, [step.cursor]: step.at })
  }
}

/** All that can be read. */
async function readAll(world: World) {
  const { store } = world
  const ids = ['room', 'news', 'pair', 'nowhere']
  return {
    logs: await Promise.all(ids.map(id => store.range(id, 1, 1_000, 1_000))),
    messages: await Promise.all(ids.map(id => world.history({ conversation: id, limit: 200 }))),
    members: await Promise.all(ids.map(id => store.memberPage(id, undefined, 100))),
    orders: await Promise.all(ids.map(id => Promise.all([store.membersOf(id), store.owners(id), store.heirOf(id, 'alice')]))),
    summaries: await Promise.all(people.map(id => store.summaries(id))),
    heads: await Promise.all(people.map(id => store.heads(id))),
    contacts: await Promise.all(people.map(id => store.contactsOf(id))),
    found: await Promise.all(people.map(id => store.search({ user: id, query: '海', limit: 100 }))),
  }
}

async function populate(world: World): Promise<World> {
  for (const id of people) await world.user(id)
  await world.conversation('room', ['alice', 'bob'])
  await world.conversation('news', ['bob', 'alice', 'carol'], 'channel')
  await world.conversation('pair', ['alice', 'bob'], 'direct')
  await world.join('room', 'alice', 'carol')
  for (const actor of ['alice', 'bob', 'alice', 'carol', 'alice']) await world.say('room', actor, `hello 上海东 @bob ${actor}`)
  return world
}

describe('SQLite against the memory model', () => {
  let folder = ''
  let opened = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-model-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('[S3] [S8] [O1] [O5] [Y1] [Y3] any sequence of steps has the same answers and the same outcome', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 4, size: 'max' }), { minLength: 15, maxLength: 40, size: 'max' }), async (turns) => {
      const sqlite = await openSqliteStore({ path: join(folder, `${++opened}.db`), pragmas: { synchronous: 'off' } })
      try {
        const [model, real] = await Promise.all([populate(new World(createMemoryStore())), populate(new World(sqlite))])
        for (const turn of turns) {
          // Reads run beside writes of the same turn in neither: a step of another kind starts a new turn.
          const appends = turn.filter(({ type }) => type === 'append')
          const others = turn.filter(({ type }) => type !== 'append')
          const run = async (world: World) => [await Promise.all(appends.map(item => take(world, item))), await others.reduce<Promise<unknown[]>>(
            async (before, item) => [...await before, await take(world, item)], Promise.resolve([]))]
          expect(await run(real)).toEqual(await run(model))
        }
        expect(await readAll(real)).toEqual(await readAll(model))
      }
      finally {
        await sqlite.close()
      }
    }), { numRuns: 60, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true })
  }, 90_000)
})
