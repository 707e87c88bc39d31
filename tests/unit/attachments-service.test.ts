import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Attachments } from '#parley/server/attachments/attachments.ts'
import { openDiskFiles } from '#parley/server/attachments/disk-files.ts'
import type { FileStore } from '#parley/server/attachments/ports.ts'
import { createMemoryStore } from '#parley/server/storage/memory.ts'
import { World } from '#parley/tests/contract/world.ts'
import { createManualClock, settle } from '#parley/tests/helpers/manual-clock.ts'
import { png } from '#parley/tests/helpers/sample-files.ts'

let folder = ''
let made = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-files-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const silent = { debug() {}, info() {}, warn() {}, error() {} }

async function* of(...pieces: (Uint8Array | string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Error) throw piece
    yield Buffer.from(piece)
  }
}

async function setup(options: { maxBytes?: number, quota?: number } = {}) {
  const home = join(folder, String(++made))
  const files = await openDiskFiles(home)
  const store = createMemoryStore()
  const world = new World(store)
  for (const user of ['alice', 'bob']) await world.user(user)
  await world.conversation('room', ['alice', 'bob'])
  const clock = createManualClock()
  let ids = 0
  const attachments = new Attachments({ store, files, clock, random: { id: () => `f${++ids}` }, log: silent, maxBytes: options.maxBytes ?? 1_000_000, quota: options.quota })
  const onDisk = async () => (await readdir(home, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile()).map(entry => entry.name).sort()
  return { home, files, store, world, clock, attachments, onDisk }
}

const bytesOf = async (files: FileStore, id: string, range?: { from: number, to: number }) => {
  const stream = await files.read(id, range)
  return stream && await buffer(stream)
}

describe('the disk', () => {
  test('gives back what it took, whole or a range of it, and nothing once it is removed', async () => {
    const { files, onDisk } = await setup()
    await files.write('abc', of('hello ', 'world'))
    expect(String(await bytesOf(files, 'abc'))).toBe('hello world')
    expect(String(await bytesOf(files, 'abc', { from: 4, to: 6 }))).toBe('o w')
    await files.remove('abc')
    await files.remove('abc')
    expect(await files.read('abc')).toBeUndefined()
    expect(await onDisk()).toEqual([])
  })

  test('[X29] half an upload leaves nothing, and what a crash left is gone at the next start', async () => {
    const { home, files, onDisk } = await setup()
    await expect(files.write('half', of('begin', new Error('the client is gone')))).rejects.toThrow('the client is gone')
    expect(await files.read('half')).toBeUndefined()
    await writeFile(join(home, 'incoming', 'left'), 'x')
    await openDiskFiles(home)
    expect(await onDisk()).toEqual([])
  })
})

describe('uploads', () => {
  test('are told by their bytes and kept', async () => {
    const { attachments, files } = await setup()
    const picture = png(30, 20)
    const outcome = await attachments.receive('alice', { name: '../猫.html', bytes: of(picture.subarray(0, 20), picture.subarray(20)) })
    expect(outcome).toEqual({ ok: true, duplicate: false, attachment: { id: 'f1', name: '猫.html', mime: 'image/png', size: picture.length, width: 30, height: 20 } })
    expect(await bytesOf(files, 'f1')).toEqual(picture)
    expect(await attachments.limits('alice')).toEqual({ maxBytes: 1_000_000, used: picture.length })
  })

  test('[X29] one byte too many, of the file or of all files, is refused by name and leaves nothing', async () => {
    const { attachments, onDisk } = await setup({ maxBytes: 10, quota: 15 })
    expect(await attachments.receive('alice', { name: 'a', bytes: of('0123456789', '!') })).toEqual({ ok: false, code: 'file_too_large' })
    expect(await attachments.receive('alice', { name: 'a', bytes: of('0123456789') })).toMatchObject({ ok: true })
    expect(await attachments.receive('alice', { name: 'a', bytes: of('012345') })).toEqual({ ok: false, code: 'quota_exceeded' })
    expect(await attachments.receive('bob', { name: 'a', bytes: of('012345') })).toMatchObject({ ok: true })
    expect(await onDisk()).toHaveLength(2)
  })

  test('the same key again is the same file, also when both come at once', async () => {
    const { attachments, onDisk } = await setup()
    const both = await Promise.all([1, 2].map(() => attachments.receive('alice', { name: 'a', key: 'k', bytes: of('data') })))
    expect(new Set(both.map(outcome => outcome.ok && outcome.attachment.id)).size).toBe(1)
    expect(await attachments.receive('alice', { name: 'a', key: 'k', bytes: of(new Error('is not read')) })).toMatchObject({ ok: true, duplicate: true })
    expect(await onDisk()).toHaveLength(1)
  })

  test('one user has only so many under way', async () => {
    const { attachments } = await setup()
    const gate = Promise.withResolvers<undefined>()
    async function* slow() {
      await gate.promise
      yield Buffer.from('x')
    }
    const running = Array.from({ length: 6 }, () => attachments.receive('alice', { name: 'a', bytes: slow() }))
    await settle()
    expect(await attachments.receive('alice', { name: 'a', bytes: of('x') })).toEqual({ ok: false, code: 'too_many_uploads' })
    expect(await attachments.receive('bob', { name: 'a', bytes: of('x') })).toMatchObject({ ok: true })
    gate.resolve(undefined)
    expect((await Promise.all(running)).every(({ ok }) => ok)).toBe(true)
    expect(await attachments.receive('alice', { name: 'a', bytes: of('x') })).toMatchObject({ ok: true })
  })

  test('[O5] bytes go with the last message, and after a day when there never was one', async () => {
    const { attachments, world, clock, onDisk } = await setup()
    const held = await attachments.receive('alice', { name: 'held', bytes: of('held') })
    await attachments.receive('alice', { name: 'orphan', bytes: of(png(9, 9)), preview: png(3, 3) })
    if (!held.ok) throw new Error('refused')
    const { seq } = await world.commit('room', 'alice', { kind: 'message', content: { type: 'file', attachment: held.attachment } })
    await attachments.sweep()
    expect(await onDisk()).toEqual(['f1', 'f2', 'f2.preview'])
    await clock.advance(24 * 3_600_000)
    await attachments.sweep()
    expect(await onDisk()).toEqual(['f1'])
    expect(await attachments.find('bob', 'f1')).toEqual(held.attachment)
    await world.remove('room', 'alice', seq)
    expect(await attachments.find('bob', 'f1')).toBeUndefined()
    await attachments.sweep()
    expect(await onDisk()).toEqual([])
  })
})
