import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { bundleThread } from '#parley/modules/store-threads/bundle.ts'
import { StoreUnavailable } from '#parley/server/chat/ports.ts'
import { ConfigurationError } from '#parley/server/storage/configuration-error.ts'
import { openWorkerStore, type WorkerStore, type WorkerStoreOptions } from '#parley/server/storage/sqlite/worker/worker-store.ts'
import { storeContract } from '#parley/tests/contract/store.contract.ts'
import { createWorld, World } from '#parley/tests/contract/world.ts'

const source = (path: string) => join(import.meta.dirname, '..', '..', path)

/** Lets whatever waits for the next turns of the event loop happen. */
const turns = async (count: number) => {
  for (let n = 0; n < count; n++) await new Promise(resolve => setImmediate(resolve))
}

// Each test starts two threads, whose code a busy machine takes a while to load.
describe('SQLite store in threads', { timeout: 30_000 }, () => {
  let folder = ''
  let opened = 0
  /** The code of the threads as it is shipped: one file, which also starts several times faster than the sources. */
  let entry: URL
  let failing: URL
  const closers: (() => unknown)[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-threads-'))
    const bundle = async (path: string, name: string) => {
      await writeFile(join(folder, name), (await bundleThread(source(path))).code)
      return pathToFileURL(join(folder, name))
    }
    entry = await bundle('server/storage/sqlite/worker/entry.ts', 'entry.mjs')
    failing = await bundle('tests/helpers/test-build/store-thread.ts', 'failing.mjs')
  })
  afterEach(async () => {
    for (const close of closers.splice(0)) await close()
    vi.unstubAllEnvs()
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const newPath = () => join(folder, `${++opened}.db`)

  async function open(options: Partial<WorkerStoreOptions> = {}): Promise<WorkerStore> {
    const store = await openWorkerStore({ path: newPath(), pragmas: { synchronous: 'off' }, entry, ...options })
    closers.push(() => store.close())
    return store
  }

  /** A second connection, as another process has it. */
  function intruder(path: string): DatabaseSync {
    const connection = new DatabaseSync(path)
    closers.push(() => connection.isOpen && connection.close())
    return connection
  }

  storeContract(() => open())

  it('runs from its sources in plain Node', async () => {
    const store = await openWorkerStore({ path: newPath() })
    expect(await store.ready()).toBe(true)
    await store.close()
  })

  describe('commits', () => {
    it('[S2] what one turn brings is one commit, and is answered after it', async () => {
      const commits: number[] = []
      const world = await createWorld(() => open({ onCommit: writes => commits.push(writes) }))
      commits.length = 0
      const settled: number[] = []
      await Promise.all(Array.from({ length: 1_000 }, (_, index) => world.say('room', 'alice', `m${index}`).then(() => settled.push(commits.length))))
      expect(commits).toEqual([1_000])
      expect(new Set(settled)).toEqual(new Set([1]))
    })

    it('[S6] answers come in the order of the calls, whatever they are', async () => {
      const world = await createWorld(() => open())
      const order: string[] = []
      const note = (name: string) => (result: { ok: boolean }) => order.push(`${name} ${result.ok}`)
      const message = (words: string) => ({ kind: 'message', content: { type: 'text', text: words } }) as const
      const cid = world.nextCid()
      await Promise.all([
        world.append('room', 'alice', message('a'), { cid }).then(note('new')),
        world.append('room', 'dave', message('b')).then(note('stranger')),
        world.append('room', 'alice', message('a'), { cid }).then(note('duplicate')),
        world.append('room', 'alice', message('@bob')).then(note('mention')),
        world.append('room', 'alice', message('c')).then(note('new')),
      ])
      expect(order).toEqual(['new true', 'stranger false', 'duplicate true', 'mention true', 'new true'])
    })

    it('[S2] a read after an answer sees what was answered, though another connection reads', async () => {
      const world = await createWorld(() => open())
      for (let n = 1; n <= 50; n++) {
        await world.say('room', 'alice', `m${n}`)
        expect((await world.store.heads('bob'))['room']?.[0]).toBe(n)
      }
    })

    it('[S4] more ops than the queue holds are refused as busy in their turn, and a prefix is committed (S6)', async () => {
      const world = await createWorld(() => open())
      const count = 66_000
      const ends: string[] = []
      await Promise.all(Array.from({ length: count }, (_, n) => world.append('room', 'alice', { kind: 'reaction', target: 99, emoji: '👍', on: n % 2 === 0 })
        .then(() => ends.push('answered'), (error: unknown) => ends.push(error instanceof StoreUnavailable ? error.status : String(error)))))
      const refused = ends.indexOf('busy')
      expect(refused).toBe(65_536)
      expect(new Set(ends.slice(0, refused))).toEqual(new Set(['answered']))
      expect(new Set(ends.slice(refused))).toEqual(new Set(['busy']))
      expect(await world.say('room', 'alice', 'and again')).toMatchObject({ seq: 1 })
    }, 60_000)
  })

  describe('trouble', () => {
    it('[S4] while another process holds the file, writes are known not committed and reads go on; then all is well', async () => {
      const path = newPath()
      const world = await createWorld(() => open({ path }))
      await world.say('room', 'alice', 'one')
      const other = intruder(path)
      other.exec('begin exclusive')
      const results = await Promise.allSettled(Array.from({ length: 600 }, (_, n) => world.say('room', 'alice', `m${n}`)))
      expect(results).toEqual(results.map(() => ({ status: 'rejected', reason: new StoreUnavailable('busy') })))
      expect(await world.store.ready()).toBe(false)
      expect(await world.messages('room')).toHaveLength(1)
      expect((await world.store.search({ user: 'bob', query: 'one', limit: 5 })).hits).toHaveLength(0)
      other.exec('rollback')
      expect(await world.store.ready()).toBe(true)
      expect(await world.say('room', 'alice', 'two')).toMatchObject({ seq: 2 })
      expect((await world.store.search({ user: 'bob', query: 'one', limit: 5 })).hits).toHaveLength(1)
    })

    it('[S6] an op that is on its way when one before it is refused is refused too, though the file is free by then', async () => {
      const path = newPath()
      const world = await createWorld(() => open({ path }))
      const other = intruder(path)
      let freeAgain = 0
      for (let round = 0; round < 20 && freeAgain < 3; round++) {
        other.exec('begin immediate')
        const [first, sent] = [world.say('room', 'alice', 'first'), turns(1)]
        await sent
        // The thread refuses the first one now, and this thread cannot hear of it yet.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
        other.exec('rollback')
        const results = await Promise.allSettled([first, world.say('room', 'alice', 'second')])
        if (results[0].status === 'fulfilled') continue
        freeAgain++
        expect(results).toEqual(results.map(() => ({ status: 'rejected', reason: new StoreUnavailable('busy') })))
      }
      expect(freeAgain).toBe(3)
      expect(await world.say('room', 'alice', 'third')).toMatchObject({ cid: expect.any(String) })
    })

    it('[S4] a full disk refuses writes, reads go on, and with room again it works (K13)', async () => {
      const store = await open()
      const world = await createWorld(async () => store)
      await world.say('room', 'alice', 'one')
      await store.pragma(`max_page_count = ${Number(await store.pragma('page_count'))}`)
      const results = await Promise.allSettled([1, 2, 3].map(() => world.say('room', 'alice', 'x'.repeat(7_000))))
      expect(results).toEqual(results.map(() => ({ status: 'rejected', reason: new StoreUnavailable('full') })))
      expect(await world.messages('room')).toHaveLength(1)
      await store.pragma('max_page_count = 1000000')
      expect(await world.say('room', 'alice', 'two')).toMatchObject({ seq: 2 })
    })

    it('[F34] a file that cannot be used is one clear line, and no thread is left', async () => {
      const path = newPath()
      await writeFile(path, 'this is no database, '.repeat(500))
      const failure = await open({ path }).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(ConfigurationError)
      expect(String(failure)).toContain('damaged')
    })

    it('a cid that is none is refused before it can disturb others', async () => {
      const world = await createWorld(() => open())
      const said = world.say('room', 'alice', 'x')
      await expect(world.append('room', 'alice', { kind: 'meta', title: 'x' }, { cid: 'no cid' })).rejects.toBeInstanceOf(TypeError)
      expect(await said).toMatchObject({ seq: 1 })
    })
  })

  describe('the end', () => {
    it('closing commits what is waiting, and refuses what comes', async () => {
      const path = newPath()
      const world = await createWorld(() => open({ path }))
      const said = world.say('room', 'alice', 'last words')
      await world.store.close()
      expect(await said).toMatchObject({ seq: 1 })
      await expect(world.say('room', 'alice', 'x')).rejects.toThrow('closed')
      await expect(world.messages('room')).rejects.toThrow('closed')
      expect(await world.store.ready()).toBe(false)
      await world.store.close()
      expect(await new World(await open({ path })).messages('room')).toHaveLength(1)
    })

    it.each(['throw:2', 'exit:2'])('[S5] %s in the writer: its calls are of unknown fate, nothing is taken any more, and that is told once', async (failpoint) => {
      const path = newPath()
      const before = await createWorld(() => open({ path }))
      await before.store.close()
      vi.stubEnv('PARLEY_STORE_FAILPOINT', failpoint)
      const failures: Error[] = []
      const store = await open({ path, entry: failing, onFailed: error => failures.push(error) })
      const world = new World(store)
      await world.say('room', 'alice', 'one')
      const results = await Promise.allSettled([world.say('room', 'alice', 'two'), world.say('room', 'alice', 'three'), store.setBlock('bob', 'alice', true)])
      for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: { message: 'the writer thread of the store ended unexpectedly' } })
      expect(failures).toHaveLength(1)
      await expect(world.say('room', 'alice', 'four')).rejects.toThrow('ended unexpectedly')
      await expect(store.heads('alice')).rejects.toThrow()
      expect(await store.ready()).toBe(false)
      await store.close()
      expect(failures).toHaveLength(1)
      vi.unstubAllEnvs()
      expect(await new World(await open({ path })).messages('room')).toHaveLength(3)
    })
  })
})
