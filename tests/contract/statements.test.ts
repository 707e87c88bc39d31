import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, StatementSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { MemberState } from '#parley/server/chat/ports.ts'
import { openSqliteStore, type SqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import { cid, createWorld, text, type World } from '#parley/tests/contract/world.ts'

/** What the hot paths ask of SQLite: how many statements, and none that reads more than it needs however much is stored. */

let folder = ''
let store: SqliteStore
let world: World
let probe: DatabaseSync
const executed: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-statements-'))
  for (const name of ['get', 'all', 'run'] as const) {
    const real = StatementSync.prototype[name]
    vi.spyOn(StatementSync.prototype, name).mockImplementation(function (this: StatementSync, ...args: unknown[]) {
      executed.push(this.sourceSQL.trim())
      return Reflect.apply(real, this, args) as never
    })
  }
  store = await openSqliteStore({ path: join(folder, 'parley.db'), pragmas: { synchronous: 'off' } })
  world = await createWorld(async () => store)
  await world.conversation('pair', ['alice', 'bob'], 'direct')
  for (let n = 0; n < 30; n++) await world.say('room', 'alice', `message ${n} @bob`)
  await world.react('room', 'bob', 3, '👍')
  await store.search({ user: 'bob', query: 'message', limit: 1 })
  probe = new DatabaseSync(join(folder, 'parley.db'))
})
afterEach(() => executed.splice(0))
afterAll(async () => {
  probe.close()
  await store.close()
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})

/** What a call runs. */
async function statementsOf(call: () => Promise<unknown>): Promise<string[]> {
  executed.splice(0)
  await call()
  return executed.splice(0)
}

const isFrame = (sql: string) => /^(begin|commit|rollback)/.test(sql)

/** Steps of the plans that read a whole table or sort what they found. */
function wasteOf(statements: readonly string[]): string[] {
  return statements.filter(sql => !isFrame(sql)).flatMap((sql) => {
    const steps = probe.prepare(`explain query plan ${sql}`).all() as { detail: string }[]
    // A list given as JSON, and the full-text index, which finds its rows by itself.
    // Within one message: as many rows as it has reactions.
    const small = 'USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY'
    const virtual = /^SCAN (json_each|i|message_index) VIRTUAL TABLE/
    return steps.map(({ detail }) => detail).filter(detail => /\bSCAN\b|TEMP B-TREE|AUTOMATIC/.test(detail) && !virtual.test(detail) && !(detail === small && sql.includes('from reactions r')) && detail !== 'SCAN CONSTANT ROW')
      .map(detail => `${detail}  in  ${sql.replace(/\s+/g, ' ')}`)
  })
}

describe('statements per call', () => {
  test('a message costs five, in a direct conversation too; the commit is shared', async () => {
    for (const conversation of ['room', 'pair']) {
      const run = await statementsOf(() => Promise.all(Array.from({ length: 20 }, (_, n) => world.say(conversation, 'alice', `m${n}`))))
      expect(run.filter(sql => !isFrame(sql))).toHaveLength(20 * 5)
      expect(run.filter(isFrame)).toHaveLength(2)
    }
  })

  test('[S3] a duplicate is found by the op that does not go in', async () => {
    const op = { conversation: 'room', actor: 'bob', cid: cid(0xB0B), at: 1, change: { kind: 'message', content: text('once') } } as const
    await store.append(op)
    expect((await statementsOf(() => store.append(op))).filter(sql => /^insert/.test(sql))).toEqual([expect.stringMatching(/^insert into ops .* on conflict do nothing$/)])
  })

  test('[W2] the heads of a user are one statement, without a transaction around it', async () => {
    expect(await statementsOf(() => store.heads('alice'))).toHaveLength(1)
  })

  test('[Y1] a page is a snapshot of three reads', async () => {
    expect((await statementsOf(() => store.page({ conversation: 'room', after: 3, limit: 20, maxBytes: 100_000 }))).filter(sql => !isFrame(sql))).toHaveLength(3)
  })

  test('[Y3] a page of history is a snapshot of five reads, for whoever may read it', async () => {
    const page = () => store.history({ conversation: 'room', limit: 10, reader: 'alice' })
    await page()
    expect((await statementsOf(page)).filter(sql => !isFrame(sql))).toHaveLength(5)
  })

  test('[A5] who makes a request is one statement', async () => {
    expect(await statementsOf(() => store.login('l1', 1))).toHaveLength(1)
    expect(await statementsOf(() => store.apiToken('none'))).toHaveLength(1)
  })

  test('[U-S7] a date in a log of a million costs a bisection, and no index of times', async () => {
    await world.conversation('long', ['alice'])
    const num = (probe.prepare('select num from conversations where id = \'long\'').get() as { num: number }).num
    const head = 1_000_000
    const writer = new DatabaseSync(join(folder, 'parley.db'))
    // Every second event is a message, a second apart.
    writer.exec(`
      with recursive n(i) as (select 1 union all select i + 2 from n where i < ${head - 1})
      insert into messages (key, sender, cid, at, body, arrival) select ${num} * ${2 ** 30} + i, 1, x'00', i * 1000, '{"content":{"type":"text","text":"x"}}', 0 from n`)
    writer.exec(`update conversations set head = ${head} where num = ${num}`)
    writer.close()
    const run = await statementsOf(async () => expect(await store.messageAt('long', 'alice', 654_320_500)).toBe(654_321))
    expect(run.filter(sql => !isFrame(sql)).length).toBeLessThanOrEqual(22)
    expect(wasteOf(run)).toEqual([])
  })

  test('[§8] a position that moves costs one statement more with its time', async () => {
    const kept = async (state: MemberState) => (await statementsOf(() => store.raisePositions('room', 'bob', state))).filter(sql => sql.includes('receipt_times'))
    expect(await kept({ deliveredSeq: 3 })).toHaveLength(0)
    expect(await kept({ deliveredSeq: 4, at: 1 })).toHaveLength(1)
  })

  test('nothing is prepared twice', async () => {
    const all = async () => {
      await world.say('room', 'alice', 'again')
      await store.heads('alice')
      await store.page({ conversation: 'room', after: 3, limit: 20, maxBytes: 100_000 })
      await store.history({ conversation: 'room', limit: 5 })
    }
    await all()
    const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare')
    await all()
    expect(prepare).toHaveBeenCalledTimes(0)
    prepare.mockRestore()
  })
})

describe('plans', () => {
  const calls: Record<string, () => Promise<unknown>> = {
    'append of a message': () => world.say('room', 'alice', 'hello @bob @all'),
    'append of an edit': () => world.edit('room', 'alice', 5, 'changed'),
    'append of a deletion': () => world.remove('room', 'alice', 7),
    'append of a reaction': () => world.react('room', 'bob', 6, '🎉'),
    'append of a join': () => world.join('room', 'alice', 'dave'),
    'append of a leave': () => world.leave('room', 'dave'),
    'page': () => store.page({ conversation: 'room', after: 3, tip: cid(1), limit: 20, maxBytes: 100_000 }),
    'range': () => store.range('room', 2, 9, 10),
    'heads': () => store.heads('alice'),
    'heads of conversations': () => store.headsOf(['room', 'pair']),
    'history, newest': () => store.history({ conversation: 'room', limit: 10 }),
    'history, around': () => store.history({ conversation: 'room', limit: 10, around: 9 }),
    'history of a member': () => store.history({ conversation: 'room', limit: 10, before: 9, reader: 'bob' }),
    'search': () => store.search({ user: 'bob', query: 'message', limit: 5 }),
    'search, filtered': () => store.search({ user: 'bob', query: 'message', from: 'alice', since: 1, until: 9, limit: 5 }),
    'summaries': () => store.summaries('alice'),
    'role': () => store.roleOf('room', 'bob'),
    'append of a pin': () => world.commit('room', 'alice', { kind: 'meta', pin: { seq: 9, on: true } }),
    'pinned messages': () => store.pinnedMessages('room', 'bob'),
    'receipts': () => store.receiptsOf({ conversation: 'room', reader: 'alice', seq: 9, limit: 100 }),
    'a date': () => store.messageAt('room', 'bob', 1_010),
    'search, what it holds': () => store.search({ user: 'bob', query: 'message', has: ['file'], limit: 5 }),
    'positions, with their times': () => store.raisePositions('room', 'carol', { readSeq: 12, deliveredSeq: 14, at: 1 }),
    'positions': () => store.raisePositions('room', 'bob', { readSeq: 12 }),
    'a login': () => store.login('l1', 1),
    'an API token': () => store.apiToken('none'),
  }

  test.each(Object.entries(calls))('%s: no table is read through, nothing is sorted', async (_name, call) => {
    const run = await statementsOf(call)
    expect(run.length).toBeGreaterThan(0)
    expect(wasteOf(run)).toEqual([])
  })

  test('the check sees a scan and a sort', () => {
    expect(wasteOf(['select * from messages where at > 1 order by body'])).toHaveLength(2)
  })

  test('a log is clustered by conversation and seq, and its ops by cid and sender', () => {
    const plan = (sql: string) => (probe.prepare(`explain query plan ${sql}`).all() as { detail: string }[]).map(({ detail }) => detail).join()
    expect(plan('select * from messages where key between 1 and 2')).toContain('INTEGER PRIMARY KEY')
    expect(plan('select key from ops where sender = 1 and cid = x\'00\'')).toContain('SEARCH ops USING PRIMARY KEY')
  })
})
