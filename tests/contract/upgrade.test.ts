import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConfigurationError } from '#parley/server/storage/configuration-error.ts'
import { migrationNames } from '#parley/server/storage/sqlite/migrate.ts'
import { openSqliteStore, type SqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import { text, World } from '#parley/tests/contract/world.ts'

/** Databases as earlier versions wrote them, made by running those versions: see scripts/upgrade-fixture.ts. */
const folderOfFixtures = new URL('./fixtures/', import.meta.url)
const names = (await readdir(folderOfFixtures)).filter(name => name.endsWith('.db.gz')).map(name => name.replace('.db.gz', '')).sort()

/** The n-th op in a fixture. */
const cid = (n: number): string => `0192f1a0-0000-7000-8000-${n.toString(16).padStart(12, '0')}`

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-upgrade-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function unpack(name: string): Promise<string> {
  const path = join(folder, 'parley.db')
  await writeFile(path, gunzipSync(await readFile(new URL(`${name}.db.gz`, folderOfFixtures))))
  return path
}

it('there is a database of the first version, and of others', () => {
  expect(names).toContain('0001-initial')
  expect(names.length).toBeGreaterThan(4)
  expect(names.filter(name => !migrationNames.some(known => known === name))).toEqual([])
})

describe.each(names)('a database of version %s', (name) => {
  const level = Number(name.slice(0, 4))
  let store: SqliteStore
  let world: World
  beforeEach(async () => {
    store = await openSqliteStore({ path: await unpack(name) })
    world = new World(store)
  })
  afterEach(() => store.close())

  it('keeps its people, their log-ins and tokens', async () => {
    expect(await store.userByName('ann')).toMatchObject({ id: 'u-ann', role: 'admin', disabled: false, passwordHash: 'hash of ann' })
    expect(await store.login('login-ann', 5)).toMatchObject({ login: { user: 'u-ann' } })
    expect(await store.apiToken('hash of a token')).toMatchObject({ token: { id: 'token-ben', name: 'bot' } })
    expect((await store.usersById(['u-wang']))[0]).toMatchObject({ username: '王芳' })
  })

  it('keeps its log in every form: edited, deleted, answered, reacted to', async () => {
    const messages = await world.messages('room')
    expect(messages.slice(0, 4)).toMatchObject([
      { seq: 1, sender: 'u-ann', at: 1_700_000_000_001, content: text('the first message, mended'), reactions: [{ emoji: '👍', users: ['u-ben'] }] },
      { seq: 2, content: text('会议改到明天上午十点 @ann'), mentions: ['u-ann'] },
      { seq: 3, deletedBy: 'u-ann' },
      { seq: 8, sender: 'u-wang', replyTo: 2 },
    ])
    expect(messages[2]?.content).toBeUndefined()
    const events = await store.range('room', 1, 99, 99)
    expect(events.map(event => event.seq)).toEqual(events.map((_, index) => index + 1))
    expect((await world.messages('two')).map(message => message.content)).toEqual([text('between the two of us')])
  })

  it('keeps members, roles, positions and settings', async () => {
    const [room] = await store.summaries('u-ben', 'room')
    expect(room).toMatchObject({ title: 'The room', topic: 'What it is about', readSeq: 4, memberCount: 3, role: 'member' })
    expect(room?.members.map(({ user, role }) => [user.id, role])).toEqual([['u-ann', 'owner'], ['u-ben', 'member'], ['u-wang', 'member']])
    expect(room?.members[1]).toMatchObject({ readSeq: 4, deliveredSeq: 9 })
    expect(room?.public).toBe(level >= 4 ? true : undefined)
    expect(room?.pins?.map(pin => pin.seq)).toEqual(level >= 8 ? [1] : undefined)
    expect((await store.usersById(['u-ben']))[0]?.status).toEqual(level >= 6 ? { text: 'away' } : undefined)
  })

  it('finds what was written, and nothing that was taken back', async () => {
    const find = async (query: string) => (await store.search({ user: 'u-ben', query, limit: 5 })).hits.map(hit => hit.seq)
    expect(await find('mended')).toEqual([1])
    expect(await find('明天上午')).toEqual([2])
    expect(await find('slip')).toEqual([])
  })

  it.runIf(level >= 3)('gives its files to members, and to nobody else', async () => {
    expect(await store.attachmentFor('u-ben', 'file-1')).toMatchObject({ name: 'plan.png', mime: 'image/png', size: 1234 })
    await store.createUser({ id: 'u-eve', username: 'eve', usernameKey: 'eve', displayName: 'eve', passwordHash: '', at: 9, mayBeFirst: false })
    expect(await store.attachmentFor('u-eve', 'file-1')).toBeUndefined()
  })

  it('[S3] knows the ops that it has taken, and takes new ones', async () => {
    const known = { conversation: 'room', actor: 'u-ben', cid: cid(2), at: 9, change: { kind: 'message', content: text('会议改到明天上午十点 @ann') } } as const
    expect(await store.append(known)).toMatchObject({ ok: true, duplicate: true, event: { seq: 2, at: 1_700_000_000_002 } })
    expect(await store.append({ ...known, change: { kind: 'message', content: text('another') } })).toMatchObject({ ok: false, code: 'cid_conflict' })
    const [head] = (await store.heads('u-ben'))['room'] ?? []
    expect(await store.append({ ...known, actor: 'u-ann' })).toMatchObject({ ok: true, duplicate: false, event: { seq: head! + 1 } })
    expect((await store.search({ user: 'u-ben', query: '明天', limit: 5 })).hits.map(hit => hit.seq)).toEqual([head! + 1, 2])
  })

  it('is whole afterwards, and opens again', async () => {
    const epoch = await store.epoch()
    await store.close()
    const database = new DatabaseSync(join(folder, 'parley.db'))
    expect(database.prepare('pragma integrity_check').all()).toEqual([expect.objectContaining({ integrity_check: 'ok' })])
    expect(database.prepare('select name from kysely_migration order by name').all().map(row => row['name'])).toEqual([...migrationNames])
    database.close()
    store = await openSqliteStore({ path: join(folder, 'parley.db') })
    expect(await store.epoch()).toBe(epoch)
  })
})

describe('a database of a newer version', () => {
  it('is refused in one line and left as it is', async () => {
    const path = await unpack(names.at(-1)!)
    await (await openSqliteStore({ path })).close()
    const database = new DatabaseSync(path)
    database.exec('insert into kysely_migration (name, timestamp) values (\'9999-from-the-future\', \'2030-01-01\')')
    database.close()
    const before = await readFile(path)
    const refusal = await openSqliteStore({ path }).then(() => undefined, (error: unknown) => error)
    expect(refusal).toBeInstanceOf(ConfigurationError)
    expect((refusal as Error).message).toBe(`the database ${path} was made by a newer version of Parley`)
    expect((await readFile(path)).equals(before)).toBe(true)
  })
})
