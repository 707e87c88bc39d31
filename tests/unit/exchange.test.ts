import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ExportLine } from '#parley/cli/exchange/lines.ts'
import { Importer, type Imported } from '#parley/cli/exchange/read-import.ts'
import { Exporter } from '#parley/cli/exchange/write-export.ts'
import type { FileStore } from '#parley/server/attachments/ports.ts'
import { openSqliteStore, type SqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import type { Attachment } from '#parley/shared/model.ts'
import { cid, text, World } from '#parley/tests/contract/world.ts'
import { createMemoryFiles } from '#parley/tests/helpers/memory-files.ts'

let folder = ''
const opened: SqliteStore[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-exchange-'))
})
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
  await rm(folder, { recursive: true, force: true })
})

interface Place { store: SqliteStore, files: FileStore, world: World }

async function open(name: string): Promise<Place> {
  const store = await openSqliteStore({ path: join(folder, `${name}.db`), pragmas: { synchronous: 'off' } })
  opened.push(store)
  return { store, files: createMemoryFiles(), world: new World(store) }
}

/** Longer than a line of bytes holds. */
const film = Buffer.alloc(500_000, 'film')
const attachment: Attachment = { id: 'film-1', name: 'film.bin', mime: 'application/octet-stream', size: film.length }

/** A server with a bit of everything. */
async function lively(): Promise<Place> {
  const place = await open('source')
  const { store, files, world } = place
  for (const user of ['alice', 'bob', 'carol', 'dave']) await world.user(user)
  await world.conversation('room', ['alice', 'bob'])
  await world.conversation('two', ['bob', 'carol'], 'direct', '')
  await world.commit('room', 'alice', { kind: 'message', content: text('hello @bob') }, { cid: cid(1) })
  await world.commit('room', 'bob', { kind: 'message', content: text('an answer'), replyTo: 1 })
  await world.commit('room', 'alice', { kind: 'message', content: text('a slip') })
  await world.commit('room', 'alice', { kind: 'edit', target: 3, content: text('a worse slip') })
  await world.commit('room', 'bob', { kind: 'reaction', target: 3, emoji: '😬', on: true })
  await world.commit('room', 'alice', { kind: 'delete', target: 3 })
  await world.commit('room', 'alice', { kind: 'edit', target: 1, content: text('hello, @bob') })
  await world.commit('room', 'bob', { kind: 'reaction', target: 1, emoji: '👋', on: true })
  await world.commit('room', 'alice', { kind: 'member', user: 'carol', change: 'join' })
  await files.write(attachment.id, Readable.from([film.subarray(0, 300_000), film.subarray(300_000)]))
  await store.addAttachment({ attachment, uploader: 'carol', at: 5, expiresAt: 4e12 })
  await world.commit('room', 'carol', { kind: 'message', content: { type: 'file', attachment, text: 'a film' } })
  await world.commit('room', 'alice', { kind: 'meta', title: 'The room', topic: 'this and that' })
  await world.commit('room', 'alice', { kind: 'meta', pin: { seq: 2, on: true } })
  await world.commit('room', 'alice', { kind: 'member', user: 'dave', change: 'join' })
  await world.commit('room', 'dave', { kind: 'message', content: text('here for a moment') })
  await world.commit('room', 'dave', { kind: 'member', user: 'dave', change: 'leave' })
  await world.commit('room', 'alice', { kind: 'member', user: 'bob', change: 'role', role: 'owner' })
  await world.commit('room', 'alice', { kind: 'member', user: 'alice', change: 'leave' })
  await world.commit('two', 'carol', { kind: 'message', content: text('你好') })
  await store.raisePositions('room', 'carol', { readSeq: 14, deliveredSeq: 14 })
  await store.closeAccount('dave', { at: 99, erase: false })
  return place
}

async function exportOf({ store, files }: Place, conversations: string[], withFiles = true): Promise<string[]> {
  const exporter = new Exporter({ store, files: withFiles ? files : undefined, version: '0', now: 7 })
  const lines = [exporter.begin()]
  for (const id of conversations) lines.push(...await Array.fromAsync(exporter.conversation(id)))
  return lines.map(line => JSON.stringify(line))
}

async function importInto({ store, files }: Place, lines: readonly string[], sameNames = false): Promise<Imported> {
  const importer = new Importer({ store, files, sameNames, passwordHash: 'nobody', now: 1_000 })
  for (const line of lines) await importer.take(line)
  return importer.finish()
}

/** Another server, with an admin of its own. */
async function elsewhere(admin = 'root'): Promise<Place> {
  const place = await open('elsewhere')
  await place.store.createUser({ id: `${admin}-elsewhere`, username: admin, usernameKey: admin, displayName: admin, passwordHash: 'own', at: 1, mayBeFirst: true })
  return place
}

const eventsOf = ({ store }: Place, conversation: string) => store.range(conversation, 1, 1_000, 1_000)

describe('conversations that were exported and imported', () => {
  test('[O1, S3] have the same log, times and order; a second import changes nothing', async () => {
    const source = await lively()
    const target = await elsewhere()
    const lines = await exportOf(source, ['room', 'two'])
    expect(await importInto(target, lines)).toEqual({ conversations: 2, added: 18, known: 0, accounts: 4, files: 1 })
    for (const id of ['room', 'two']) expect(await eventsOf(target, id)).toEqual(await eventsOf(source, id))
    expect(await target.world.messages('room')).toEqual(await source.world.messages('room'))
    expect(await importInto(target, lines)).toEqual({ conversations: 2, added: 0, known: 18, accounts: 0, files: 0 })
    for (const id of ['room', 'two']) expect(await eventsOf(target, id)).toEqual(await eventsOf(source, id))
    expect(await exportOf(target, ['room', 'two'])).toEqual(lines)
  })

  test('have their members, roles, positions, title, pins and files, and are found by search', async () => {
    const source = await lively()
    const target = await elsewhere()
    await importInto(target, await exportOf(source, ['room', 'two']))
    const [before] = await source.store.summaries('carol', 'room')
    const [after] = await target.store.summaries('carol', 'room')
    expect(after).toMatchObject({ title: 'The room', topic: 'this and that', readSeq: 14, unread: before!.unread, memberCount: 2, createdAt: before!.createdAt })
    expect(after?.members.map(({ user, role }) => [user.id, role])).toEqual([['bob', 'owner'], ['carol', 'member']])
    expect(after?.pins).toEqual(before?.pins)
    expect((await target.store.search({ user: 'carol', query: 'film', limit: 5 })).hits.map(hit => hit.seq)).toEqual([10])
    expect((await target.store.search({ user: 'carol', query: 'slip', limit: 5 })).hits).toEqual([])
    expect(await target.store.attachmentFor('bob', attachment.id)).toEqual(attachment)
    expect((await buffer((await target.files.read(attachment.id))!)).equals(film)).toBe(true)
    expect((await target.store.usersById(['dave']))[0]).toMatchObject({ id: 'dave', deleted: true })
    expect(await target.store.userByName('alice')).toMatchObject({ role: 'member', passwordHash: 'nobody' })
  })

  test('go on where an import was broken off, and take what came since', async () => {
    const source = await lively()
    const target = await elsewhere()
    const lines = await exportOf(source, ['room'])
    const importer = new Importer({ ...target, sameNames: false, passwordHash: 'nobody', now: 1 })
    for (const line of lines.slice(0, 12)) await importer.take(line)
    importer.abandon()
    await source.world.commit('room', 'bob', { kind: 'message', content: text('later') })
    await importInto(target, await exportOf(source, ['room']))
    expect(await eventsOf(target, 'room')).toEqual(await eventsOf(source, 'room'))
  })

  test('[O5] hold nothing of what was deleted, and no secret', async () => {
    const source = await lively()
    const all = (await exportOf(source, ['room', 'two'])).join('\n')
    for (const word of ['slip', 'hash', 'password']) expect(all).not.toContain(word)
  })

  test('without files name them, and bring no bytes', async () => {
    const source = await lively()
    const lines = await exportOf(source, ['room'], false)
    expect(lines.map(line => (JSON.parse(line) as ExportLine).type).filter(type => type === 'file' || type === 'bytes')).toEqual([])
    const target = await elsewhere()
    await importInto(target, lines)
    expect(await eventsOf(target, 'room')).toEqual(await eventsOf(source, 'room'))
    expect(await target.files.read(attachment.id)).toBeUndefined()
  })
})

describe('an import', () => {
  test('takes nobody for somebody else of the same user name, unless it is told to', async () => {
    const source = await lively()
    const target = await elsewhere('bob')
    const lines = await exportOf(source, ['two'])
    await expect(importInto(target, lines)).rejects.toThrow('the user name bob belongs to another account here')
    await importInto(target, lines, true)
    expect(await target.store.conversationIdsOf('bob-elsewhere')).toEqual(['two'])
  })

  test('joins a direct conversation that the two have here already', async () => {
    const source = await lively()
    const target = await elsewhere()
    for (const user of ['bob', 'carol']) await target.world.user(user)
    await target.world.conversation('already', ['carol', 'bob'], 'direct', '')
    await target.world.commit('already', 'bob', { kind: 'message', content: text('before') })
    const lines = await exportOf(source, ['two'])
    await importInto(target, lines)
    await importInto(target, lines)
    expect((await target.world.messages('already')).map(message => message.content)).toEqual([text('before'), text('你好')])
  })

  test('does not make the first account of a server, who would be its admin', async () => {
    const target = await open('empty')
    await expect(importInto(target, await exportOf(await lively(), ['two']))).rejects.toThrow('make its admin first')
    expect(await target.store.userCount()).toBe(0)
  })

  test.each([
    ['that is none', ['hello'], 'it is no JSON'],
    ['without its first line', ['{"type":"user","id":"x","username":"xyz","displayName":"x","createdAt":1}'], 'it does not begin as an export'],
    ['of a newer version', ['{"type":"parley-export","version":2,"madeAt":1,"parley":"9"}'], 'a newer version of Parley (9)'],
    ['with an event of nowhere', ['{"type":"parley-export","version":1,"madeAt":1,"parley":"0"}', `{"type":"event","conversation":"x","event":{"kind":"message","seq":1,"cid":"${cid(1)}","sender":"x","at":1}}`], 'was not described before'],
    ['with a cid that is none', ['{"type":"parley-export","version":1,"madeAt":1,"parley":"0"}', '{"type":"event","conversation":"x","event":{"kind":"message","seq":1,"cid":"1","sender":"x","at":1}}'], 'it is no line of an export'],
    ['that ends in a file', ['{"type":"parley-export","version":1,"madeAt":1,"parley":"0"}', '{"type":"file","id":"f","uploader":"x","name":"n","mime":"m","size":9,"at":1}'], 'in the middle of file f'],
    ['whose file leaves its folder', ['{"type":"parley-export","version":1,"madeAt":1,"parley":"0"}', '{"type":"file","id":"../f","uploader":"x","name":"n","mime":"m","size":9,"at":1}'], 'it is no line of an export'],
  ])('refuses a file %s', async (_name, lines, fault) => {
    await expect(importInto(await elsewhere(), lines)).rejects.toThrow(fault)
  })
})
