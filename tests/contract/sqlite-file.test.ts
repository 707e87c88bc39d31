import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StoreUnavailable } from '#parley/server/chat/ports.ts'
import { ConfigurationError } from '#parley/server/storage/configuration-error.ts'
import { createStore } from '#parley/server/storage/create-store.ts'
import { migrationNames } from '#parley/server/storage/sqlite/migrate.ts'
import { openSqliteStore, type SqliteStore, type SqliteStoreOptions } from '#parley/server/storage/sqlite/sqlite-store.ts'
import { createWorld, World } from '#parley/tests/contract/world.ts'

/** What only a store in a file can do or fail at. */
// Some of these start threads, whose code a busy machine takes a while to load.
describe('SQLite file', { timeout: 30_000 }, () => {
  let folder = ''
  let path = ''
  const closers: (() => unknown)[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-file-'))
    path = join(folder, 'parley.db')
  })
  afterEach(async () => {
    for (const close of closers.splice(0)) await close()
    await rm(folder, { recursive: true, force: true })
  })

  async function open(options: Partial<SqliteStoreOptions> = {}): Promise<SqliteStore> {
    const store = await openSqliteStore({ path, ...options })
    closers.push(() => store.close())
    return store
  }

  /** A second connection, as another process has it. */
  function intruder(): DatabaseSync {
    const connection = new DatabaseSync(path)
    closers.push(() => connection.isOpen && connection.close())
    return connection
  }

  const failure = async (promise: Promise<unknown>): Promise<unknown> => {
    const [result] = await Promise.allSettled([promise])
    return result.status === 'rejected' ? result.reason : 'no failure'
  }

  describe('durability', () => {
    it('[S2] a reopened store has everything, and the same epoch', async () => {
      const first = await open()
      const world = await createWorld(async () => first)
      await world.say('room', 'alice', 'kept 上海')
      await world.edit('room', 'alice', 1, 'kept 上海!')
      await world.react('room', 'bob', 1, '👍')
      const before = [await world.log('room'), await world.messages('room'), await first.summaries('bob'), await first.heads('bob'), await first.epoch()]
      await first.close()
      const second = await open()
      const again = new World(second)
      expect([await again.log('room'), await again.messages('room'), await second.summaries('bob'), await second.heads('bob'), await second.epoch()]).toEqual(before)
      expect((await second.search({ user: 'bob', query: '上海', limit: 5 })).hits).toHaveLength(1)
    })

    it('[S2] the file is in WAL mode with every commit synced, and nothing waits for a lock (K12)', async () => {
      const store = await open()
      expect(['journal_mode', 'synchronous', 'busy_timeout', 'foreign_keys', 'secure_delete'].map(name => store.pragma(name))).toEqual(['wal', 2, 0, 1, 1])
    })

    it('[S2] what was acknowledged is in the file before the store is closed', async () => {
      const world = await createWorld(() => open())
      await world.say('room', 'alice', 'on disk')
      expect(intruder().prepare('select count(*) as count from messages').get()).toEqual({ __proto__: null, count: 1 })
    })

    it('[S2] writes of one turn share a commit; an acknowledgement comes after it', async () => {
      const commits: number[] = []
      const world = await createWorld(() => open({ onCommit: writes => commits.push(writes) }))
      commits.length = 0
      const settled: number[] = []
      await Promise.all(Array.from({ length: 100 }, (_, index) => world.say('room', 'alice', `m${index}`).then(() => settled.push(commits.length))))
      expect(commits).toEqual([100])
      expect(new Set(settled)).toEqual(new Set([1]))
    })

    it('migrations run once: opening again changes nothing', async () => {
      await (await open()).close()
      const schema = () => {
        const connection = intruder()
        const rows = connection.prepare('select name, sql from sqlite_schema order by name').all()
        const done = connection.prepare('select name, timestamp from kysely_migration').all()
        connection.close()
        return { rows, done }
      }
      const before = schema()
      await (await open()).close()
      expect(schema()).toEqual(before)
      expect(before.done).toHaveLength(migrationNames.length)
    })

    it('two stores opened on one new file at the same time agree', async () => {
      const [first, second] = await Promise.all([open(), open()])
      expect(await first.epoch()).toBe(await second.epoch())
    })

    it('is not ready, and refuses writes, once closed', async () => {
      const world = await createWorld(() => open())
      await world.store.close()
      expect(await world.store.ready()).toBe(false)
      await expect(world.say('room', 'alice', 'x')).rejects.toThrow('closed')
      await world.store.close()
    })

    it('closing commits what is waiting', async () => {
      const world = await createWorld(() => open())
      const said = world.say('room', 'alice', 'last words')
      await world.store.close()
      expect(await said).toMatchObject({ seq: 1 })
      expect(await new World(await open()).messages('room')).toHaveLength(1)
    })
  })

  describe('trouble', () => {
    it('[S4] while another process holds the file, writes are known not committed and reads go on; then all is well', async () => {
      const world = await createWorld(() => open())
      await world.say('room', 'alice', 'one')
      const other = intruder()
      other.exec('begin exclusive')
      const cid = world.nextCid()
      const held = { kind: 'message', content: { type: 'text', text: 'two' } } as const
      expect(await failure(world.commit('room', 'alice', held, { cid }))).toEqual(new StoreUnavailable('busy'))
      expect(await world.store.ready()).toBe(false)
      expect(await world.messages('room')).toHaveLength(1)
      expect((await world.store.search({ user: 'bob', query: 'one', limit: 5 })).hits).toHaveLength(0)
      other.exec('rollback')
      expect(await world.store.ready()).toBe(true)
      expect(await world.append('room', 'alice', held, { cid })).toMatchObject({ ok: true, duplicate: false, event: { seq: 2 } })
      expect((await world.store.search({ user: 'bob', query: 'one', limit: 5 })).hits).toHaveLength(1)
    })

    it('[S4] when the disk is full, writes are known not committed and reads go on; with room again they work (K13)', async () => {
      const store = await open()
      const world = await createWorld(async () => store)
      await world.say('room', 'alice', 'one')
      store.pragma(`max_page_count = ${Number(store.pragma('page_count'))}`)
      const words = 'x'.repeat(7_000)
      const results = await Promise.allSettled([1, 2, 3].map(() => world.say('room', 'alice', words)))
      expect(results).toEqual(Array.from({ length: 3 }, () => ({ status: 'rejected', reason: new StoreUnavailable('full') })))
      expect(await store.ready()).toBe(false)
      expect(await world.messages('room')).toHaveLength(1)
      store.pragma('max_page_count = 1000000')
      expect(await store.ready()).toBe(true)
      expect(await world.say('room', 'alice', words)).toMatchObject({ seq: 2 })
    })

    it('[S6] a refusal falls on every write that waits behind it: what commits is a prefix', async () => {
      const world = await createWorld(() => open())
      const other = intruder()
      other.exec('begin exclusive')
      const results = Promise.allSettled(Array.from({ length: 600 }, (_, index) => world.say('room', 'alice', `m${index}`)))
      const refused = (await results).filter(({ status }) => status === 'rejected')
      other.exec('rollback')
      expect(refused).toHaveLength(600)
      expect(await world.log('room')).toHaveLength(0)
    })

    it('[S5] an op that fails for a reason of its own takes none before it along, and none behind it is committed', async () => {
      const world = await createWorld(() => open())
      intruder().exec(`create trigger sabotage before insert on messages when new.body like '%poison%' begin select raise(abort, 'poison'); end`)
      const results = await Promise.allSettled(['a', 'b', 'poison', 'c'].map(word => world.say('room', 'alice', word)))
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected'])
      expect(results[2]).toMatchObject({ reason: { message: 'poison' } })
      expect(results[3]).toEqual({ status: 'rejected', reason: new StoreUnavailable('busy') })
      expect((await world.messages('room')).map(({ content }) => content?.text)).toEqual(['a', 'b'])
      expect(await world.say('room', 'alice', 'c')).toMatchObject({ seq: 3 })
    })

    it('a cid that is none is refused before it can disturb others', async () => {
      const world = await createWorld(() => open())
      expect(await failure(world.commit('room', 'alice', { kind: 'meta', title: 'x' }, { cid: 'no cid' }))).toBeInstanceOf(TypeError)
    })
  })

  describe('erasure', () => {
    it('[O5] no byte of a deleted text stays in the file: message, edits, index, digest', async () => {
      const store = await open()
      const world = await createWorld(async () => store)
      for (let index = 0; index < 40; index++) await world.say('room', 'bob', `filler number ${index}`)
      const secrets = ['zebraquartz', 'flugzeugträger', '机密计划书']
      const { seq } = await world.say('room', 'alice', `the ${secrets[0]} plan ${secrets[2]}`)
      const second = await world.say('room', 'alice', `only ${secrets[0]}, never indexed`)
      expect((await store.search({ user: 'bob', query: secrets[0]!, limit: 5 })).hits).toHaveLength(2)
      await world.edit('room', 'alice', seq, `the ${secrets[1]} plan`)
      const bytes = async () => {
        store.pragma('wal_checkpoint(truncate)')
        return readFile(path)
      }
      const found = async () => {
        const file = await bytes()
        return secrets.filter(secret => file.includes(secret))
      }
      expect(await found()).toEqual(secrets)
      await world.remove('room', 'alice', seq)
      await world.remove('room', 'alice', second.seq)
      expect(await found()).toEqual([])
      // The index is whole without what was taken out of it.
      intruder().exec(`insert into message_index (message_index) values ('integrity-check')`)
      expect((await store.search({ user: 'bob', query: 'filler', limit: 50 })).hits).toHaveLength(40)
    })

    it('[O5] a deleted text leaves the write-ahead log by itself soon after', async () => {
      const timers: { task: () => void, ms: number }[] = []
      const clock = { now: () => 0, timer: (task: () => void, ms: number) => (timers.push({ task, ms }), () => undefined) }
      const world = await createWorld(() => open({ clock }))
      await world.say('room', 'alice', 'zebraquartz')
      await world.remove('room', 'alice', 1)
      const traces = async () => Promise.all(['', '-wal'].map(async suffix => (await readFile(path + suffix)).includes('zebraquartz')))
      expect(await traces()).toContain(true)
      timers.find(({ ms }) => ms === 5_000)?.task()
      expect(await traces()).toEqual([false, false])
    })

    it('the index is filled without a search after a while', async () => {
      const timers: (() => void)[] = []
      const clock = { now: () => 0, timer: (task: () => void) => (timers.push(task), () => undefined) }
      const commits: number[] = []
      let indexed: () => void = () => undefined
      const world = await createWorld(() => open({ clock, onCommit: (writes) => {
        commits.push(writes)
        indexed()
      } }))
      await world.say('room', 'alice', 'word')
      const done = new Promise<void>((resolve) => {
        indexed = resolve
      })
      timers[0]?.()
      await done
      expect(intruder().prepare('select value from meta where name = \'indexed\'').get()).toMatchObject({ value: '1' })
    })

    it('an index made by another tokeniser is built anew', async () => {
      const first = await open()
      const world = await createWorld(async () => first)
      await world.say('room', 'alice', 'word')
      await first.search({ user: 'bob', query: 'word', limit: 1 })
      await first.close()
      const other = intruder()
      other.exec(`update meta set value = 'older' where name = 'index_version'`)
      other.close()
      expect((await (await open()).search({ user: 'bob', query: 'word', limit: 5 })).hits).toHaveLength(1)
    })
  })

  describe('settings', () => {
    const refuse = async (databaseUrl: string, dataDir = folder) => {
      const error = await failure(createStore({ databaseUrl, dataDir }))
      expect(error).toBeInstanceOf(ConfigurationError)
      expect(String(error)).not.toContain('\n')
      return String(error)
    }

    it('makes the data folder and the file in it', async () => {
      const store = await createStore({ databaseUrl: '', dataDir: join(folder, 'a', 'b') })
      closers.push(() => store.close())
      expect(await store.ready()).toBe(true)
      expect((await readFile(join(folder, 'a', 'b', 'parley.db'))).subarray(0, 15).toString()).toBe('SQLite format 3')
    })

    it('says that PostgreSQL is not there yet, and never shows the password', async () => {
      const message = await refuse('postgres://user:hunter2@host/db')
      expect(message).toContain('PostgreSQL')
      expect(message).not.toContain('hunter2')
    })

    it('refuses an address that it does not understand', async () => {
      expect(await refuse('mysql://host/db')).toContain('scheme mysql')
      expect(await refuse('::not a url::')).toContain('not a URL')
    })

    it('refuses a data folder that cannot be one', async () => {
      await writeFile(join(folder, 'file'), '')
      expect(await refuse('', join(folder, 'file'))).toContain('data folder')
      expect(await refuse('', '/proc/nowhere')).toContain('data folder')
    })

    it('[F34] refuses a damaged file, one of another program, one of a newer version and a locked one', async () => {
      await writeFile(path, 'this is no database, '.repeat(500))
      expect(await refuse('')).toContain('damaged')
      await rm(path)
      const foreign = intruder()
      foreign.exec('create table things (name)')
      foreign.close()
      expect(await refuse('')).toContain('another program')
      await rm(path)
      await (await open()).close()
      const newer = intruder()
      newer.exec(`insert into kysely_migration values ('9999-future', '2030-01-01')`)
      expect(await refuse('')).toContain('newer version')
      newer.exec('delete from kysely_migration where name = \'9999-future\'')
      newer.exec('begin exclusive')
      expect(await refuse('')).toContain('locked')
    })
  })
})
