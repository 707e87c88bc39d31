import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readArchive } from '#parley/cli/backup/archive.ts'
import { makeBackup } from '#parley/cli/backup/make-backup.ts'
import { manifestText, readManifest } from '#parley/cli/backup/manifest.ts'
import { datedName, rotate } from '#parley/cli/backup/rotation.ts'
import { restoreBackup } from '#parley/cli/restore/restore-backup.ts'
import { sizeText } from '#parley/cli/size-text.ts'
import { diskPlace, openDiskFiles } from '#parley/server/attachments/disk-files.ts'
import { readBackupRecord, writeBackupRecord } from '#parley/server/config/backup-record.ts'
import { openSqliteStore, type SqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import { holdAlone } from '#parley/server/storage/sqlite/upkeep.ts'
import { text, World } from '#parley/tests/contract/world.ts'

let root = ''
let dataDir = ''
let shelf = ''
let store: SqliteStore | undefined
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'parley-backup-'))
  dataDir = join(root, 'data')
  shelf = join(root, 'shelf')
  await mkdir(dataDir)
  await mkdir(shelf)
})
afterEach(async () => {
  await store?.close()
  store = undefined
  await rm(root, { recursive: true, force: true })
})

const at = Date.UTC(2026, 10, 23, 13, 15)
const backUp = (target = join(shelf, 'parley.tar'), withFiles = true) => makeBackup({ dataDir, target, version: '0', withFiles, now: at })
const restore = (target: string, archive = join(shelf, 'parley.tar'), endLogins = false) => restoreBackup({ dataDir: target, archive, now: at, endLogins, force: false })

/** A data folder in use: a person, messages, files. */
async function inUse(files: string[] = []): Promise<World> {
  store = await openSqliteStore({ path: join(dataDir, 'parley.db') })
  const world = new World(store)
  await world.user('alice')
  await world.conversation('room', ['alice'])
  const onDisk = await openDiskFiles(join(dataDir, 'files'))
  for (const id of files) {
    await onDisk.write(id, Readable.from([Buffer.from(`bytes of ${id}`)]))
    const attachment = { id, name: id, mime: 'application/octet-stream', size: 9 + id.length }
    await store.addAttachment({ attachment, uploader: 'alice', at: 1, expiresAt: 4e12 })
    await world.commit('room', 'alice', { kind: 'message', content: { type: 'file', attachment } })
  }
  return world
}

async function partsOf(archive = join(shelf, 'parley.tar')): Promise<string[]> {
  const parts: string[] = []
  await readArchive(archive, (name) => {
    parts.push(name)
    return undefined
  })
  return parts
}

describe('a backup', () => {
  test('holds the database, the secrets and the files that messages speak of, and nothing else', async () => {
    await inUse(['abc', 'bcd'])
    const files = await openDiskFiles(join(dataDir, 'files'))
    await files.write('stray', Readable.from([Buffer.from('of nobody')]))
    await files.write('abc.preview', Readable.from([Buffer.from('smaller')]))
    await writeFile(join(dataDir, 'session-password'), 's'.repeat(40))
    await writeFile(join(dataDir, 'old-backup.tar'), Buffer.alloc(100_000))
    writeBackupRecord(dataDir, { madeAt: 1, file: 'x', bytes: 1 })
    const { files: count, manifest } = await backUp()
    expect(count).toBe(3)
    expect(manifest).toMatchObject({ madeAt: at, files: 'included', missing: [], rows: { messages: 2, users: 1, attachments: 2 } })
    expect(await partsOf()).toEqual(['parley.db', 'secrets/session-password', 'files/ab/abc', 'files/bc/bcd', 'files/ab/abc.preview', 'manifest.json', 'SHA256SUMS'])
    expect((await stat(join(shelf, 'parley.tar'))).mode & 0o077).toBe(0)
    expect(await readdir(shelf)).toEqual(['parley.tar'])
  })

  test('names files that are lost, and leaves out those that were erased meanwhile', async () => {
    const world = await inUse(['abc', 'bcd'])
    await rm(join(dataDir, 'files', diskPlace('abc')))
    expect((await backUp()).manifest.missing).toEqual(['abc'])
    await world.commit('room', 'alice', { kind: 'delete', target: 1 })
    expect((await backUp()).manifest.missing).toEqual([])
  })

  test('of a server with an object storage says that files lie elsewhere, and a restore leaves those that are there', async () => {
    await inUse(['abc'])
    expect((await backUp(undefined, false)).manifest.files).toBe('elsewhere')
    await store!.close()
    await restore(dataDir)
    expect(await readFile(join(dataDir, 'files', diskPlace('abc')), 'utf8')).toBe('bytes of abc')
  })

  test('replaces an older one, and nothing else', async () => {
    await inUse()
    await backUp()
    await backUp()
    await writeFile(join(shelf, 'thesis.tar'), 'years of work')
    await expect(backUp(join(shelf, 'thesis.tar'))).rejects.toThrow('is no whole backup; it is not replaced')
    expect(await readFile(join(shelf, 'thesis.tar'), 'utf8')).toBe('years of work')
    await expect(backUp(shelf)).rejects.toThrow('is no file')
    await expect(backUp(join(shelf, 'nowhere', 'parley.tar'))).rejects.toThrow('there is no folder')
  })

  test('removes what one that was killed has left, and leaves alone one that is under way', async () => {
    await inUse()
    // No process has this id: it is above what any system gives.
    await mkdir(join(shelf, '.parley.tar.partial-99999999'))
    await mkdir(join(shelf, '.parley.tar.partial-1'))
    await backUp()
    expect((await readdir(shelf)).sort()).toEqual(['.parley.tar.partial-1', 'parley.tar'])
  })

  test('of a damaged database is not made', async () => {
    const world = await inUse()
    for (let n = 0; n < 400; n++) await world.commit('room', 'alice', { kind: 'message', content: text('x'.repeat(500)) })
    await store!.close()
    const path = join(dataDir, 'parley.db')
    const bytes = await readFile(path)
    bytes.fill(0x55, bytes.length / 2, bytes.length / 2 + 40_000)
    await writeFile(path, bytes)
    await expect(backUp()).rejects.toThrow(/damaged/)
    expect(await readdir(shelf)).toEqual([])
  })

  test('is remembered in the data folder, where its age can be told', () => {
    expect(readBackupRecord(dataDir)).toBeUndefined()
    writeBackupRecord(dataDir, { madeAt: at, file: '/backups/a.tar', bytes: 5 })
    expect(readBackupRecord(dataDir)).toEqual({ madeAt: at, file: '/backups/a.tar', bytes: 5 })
  })
})

describe('a row of backups', () => {
  test('has the time in their names, and keeps the newest', async () => {
    const file = join(shelf, 'parley.tar')
    expect(datedName(file, at)).toBe(join(shelf, 'parley-20261123T131500Z.tar'))
    for (const day of [0, 1, 2, 3]) await writeFile(datedName(file, at + day * 86_400_000), '')
    await writeFile(join(shelf, 'parley-before-the-move.tar'), '')
    expect(await rotate(file, 2)).toEqual(['parley-20261123T131500Z.tar', 'parley-20261124T131500Z.tar'])
    expect((await readdir(shelf)).sort()).toEqual(['parley-20261125T131500Z.tar', 'parley-20261126T131500Z.tar', 'parley-before-the-move.tar'])
    expect(await rotate(file, 9)).toEqual([])
  })
})

describe('a restore', () => {
  test('[W4] into a new folder has another epoch, and the log-ins of the backup unless they are to end', async () => {
    await inUse(['abc'])
    await store!.createLogin({ id: 'login', user: 'alice', userAgent: '', address: '', createdAt: 1, lastSeenAt: 1, expiresAt: 4e12 })
    const epoch = await store!.epoch()
    await backUp()
    await store!.close()
    const epochs = [epoch]
    for (const endLogins of [false, true]) {
      const target = join(root, `restored-${endLogins}`)
      expect((await restore(target, undefined, endLogins)).aside).toBeUndefined()
      store = await openSqliteStore({ path: join(target, 'parley.db') })
      expect((await store.login('login', 5)) === undefined).toBe(endLogins)
      expect(await store.attachmentFor('alice', 'abc')).toMatchObject({ id: 'abc' })
      epochs.push(await store.epoch())
      await store.close()
      expect((await readdir(target)).sort()).toEqual(['files', 'parley.db'])
    }
    store = undefined
    expect(new Set(epochs).size).toBe(3)
  })

  test('from a backup of a newer version is refused', async () => {
    expect(() => readManifest(manifestText({ madeAt: 1, parley: '9.0', epoch: 'e', migrations: [], rows: {}, files: 'included', missing: [] }).replace('"version": 1', '"version": 2'))).toThrow('made by a newer version of Parley (9.0)')
    await inUse()
    await store!.close()
    const database = new DatabaseSync(join(dataDir, 'parley.db'))
    database.exec('insert into kysely_migration (name, timestamp) values (\'9999-future\', \'2030\')')
    database.close()
    await expect(backUp()).rejects.toThrow('was made by a newer version of Parley')
  })

  test('waits for nobody who holds the database', async () => {
    await inUse()
    await backUp()
    await expect(restore(dataDir)).rejects.toThrow('a server is running')
    await store!.close()
    const release = await holdAlone(join(dataDir, 'parley.db'))
    await expect(openSqliteStore({ path: join(dataDir, 'parley.db') })).rejects.toThrow('is locked by another process')
    release?.()
    await restore(dataDir)
  })
})

test.each([[0, '0 bytes'], [1023, '1023 bytes'], [1024, '1.0 KiB'], [5_500_000, '5.2 MiB'], [2 ** 41, '2.0 TiB'], [2 ** 52, '4096.0 TiB']])('%i is %s', (bytes, told) => {
  expect(sizeText(bytes)).toBe(told)
})
