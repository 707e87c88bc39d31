import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStore, type SqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import { text, World } from '#parley/tests/contract/world.ts'

/** Files as earlier versions wrote them, made by running those versions. */
const fixture = (name: string) => new URL(`./fixtures/${name}.db.gz`, import.meta.url)

describe('a database of an earlier version', () => {
  let folder = ''
  let store: SqliteStore
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-upgrade-'))
    const path = join(folder, 'parley.db')
    await writeFile(path, gunzipSync(await readFile(fixture('0001-initial'))))
    store = await openSqliteStore({ path })
  })
  afterEach(async () => {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('keeps its log, its newest forms and its search', async () => {
    const world = new World(store)
    expect((await store.heads('alice'))['room']?.[0]).toBe(44)
    const messages = await world.messages('room')
    expect(messages).toHaveLength(41)
    expect(messages[0]?.content).toEqual(text('changed'))
    expect(messages[1]?.deletedAt).toBeGreaterThan(0)
    expect((await store.search({ user: 'bob', query: '第 39', limit: 5 })).hits).toHaveLength(1)
  })

  it('[S3] knows the ops that it has taken, and takes new ones', async () => {
    const known = { conversation: 'room', actor: 'alice', cid: '0192f1a0-0000-7000-8000-00000000c1d1', at: 9 } as const
    expect(await store.append({ ...known, change: { kind: 'message', content: text('known cid') } })).toMatchObject({ ok: true, duplicate: true, event: { seq: 44, at: 5 } })
    expect(await store.append({ ...known, change: { kind: 'message', content: text('another') } })).toMatchObject({ ok: false, code: 'cid_conflict' })
    expect(await store.append({ ...known, actor: 'bob', change: { kind: 'message', content: text('the same cid of another') } })).toMatchObject({ ok: true, duplicate: false, event: { seq: 45 } })
  })
})
