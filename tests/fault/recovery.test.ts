import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { LogEvent } from '#parley/shared/model.ts'
import { diskPlace } from '#parley/server/attachments/disk-files.ts'
import { readBackupRecord } from '#parley/server/config/backup-record.ts'
import { openSqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import { needParley, parley } from '#parley/tests/helpers/command-line.ts'
import { faultWorld } from '#parley/tests/helpers/fault-world.ts'
import type { HeadlessClient } from '#parley/tests/helpers/headless-client.ts'
import { runToExit, startServer } from '#parley/tests/helpers/server-process.ts'
import { readTruth } from '#parley/tests/helpers/truth.ts'

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-recovery-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A person who writes without a pause, until told to stop. */
function keepWriting(page: HeadlessClient, room: string): () => void {
  let count = 0
  const timer = setInterval(() => page.say(room, `${page.account.username} ${++count}`), 15)
  return () => clearInterval(timer)
}

/** What a database that no server runs on holds of a conversation, and the id of its history. */
async function readDatabase(dataDir: string, room: string): Promise<{ epoch: string, log: LogEvent[] }> {
  const store = await openSqliteStore({ path: join(dataDir, 'parley.db') })
  try {
    return { epoch: await store.epoch(), log: await store.range(room, 1, 1_000_000, 1_000_000) }
  }
  finally {
    await store.close()
  }
}

describe('a backup that is made while four people write', () => {
  test('[F35, W4, S3] put back elsewhere has all that it held; clients are told, what they had not sent goes out, nothing comes twice', async () => {
    const world = await faultWorld(['ann', 'ben', 'cyd', 'dee'])
    const pages = [await world.page(0), await world.page(1), await world.page(2), await world.page(3)]
    const shelf = await newFolder()
    const file = join(shelf, 'parley.tar')
    const stops = pages.map(page => keepWriting(page, world.room))
    await pages[0]!.until(() => pages[0]!.rows(world.room).length > 60, 'people writing')
    const before = pages[0]!.client.conversation(world.room)?.head ?? 0
    await needParley(['backup', file], { dataDir: world.server.dataDir })
    const after = pages[0]!.client.conversation(world.room)?.head ?? 0
    await pages[0]!.until(() => pages[0]!.rows(world.room).length > 0 && (pages[0]!.client.conversation(world.room)?.head ?? 0) > after + 40, 'more, which the backup does not have')
    for (const stop of stops) stop()
    for (const page of pages) await page.until(() => page.client.pending() === 0, '✓ everywhere')
    const old = await readTruth(world.users, [world.room])
    expect(readBackupRecord(world.server.dataDir)).toMatchObject({ file })

    const lost = world.server
    await lost.kill('SIGKILL')
    onTestFinished(() => lost.dispose())
    const dataDir = await newFolder()
    await needParley(['restore', file], { dataDir })
    const restored = await readDatabase(dataDir, world.room)
    expect(restored.log.length).toBeGreaterThanOrEqual(before)
    expect(restored.log.length).toBeLessThan(old.logs.get(world.room)!.length)
    // A prefix of what was: nothing is missing in the middle of it.
    expect(restored.log.map(({ seq, cid, at }) => ({ seq, cid, at }))).toEqual(old.logs.get(world.room)!.slice(0, restored.log.length).map(({ seq, cid, at }) => ({ seq, cid, at })))
    for (const page of pages) await page.until(() => !page.online, 'the loss')
    const waiting = pages.map(page => page.say(world.room, `${page.account.username} was not connected`))
    world.oracle.historyReplaced({ logs: old.logs, kept: new Map([[world.room, restored.log]]) })

    world.server = await startServer({ dataDir, port: lost.port, env: { NUXT_RATE_LIMIT: '0' } })
    for (const page of pages) {
      await page.until(() => page.online && page.client.pending() === 0 && waiting.every(cid => page.rows(world.room).some(row => row.cid === cid && row.seq !== undefined)), 'what waited, from everybody')
      expect(page.changes.filter(({ change }) => change.type === 'notice' && change.code === 'history_reset')).toHaveLength(1)
    }
    await world.judge()
    const now = await readTruth(world.users, [world.room])
    const cids = now.logs.get(world.room)!.map(event => event.cid)
    expect(cids.slice(0, restored.log.length)).toEqual(restored.log.map(event => event.cid))
    expect(cids.slice(restored.log.length).sort()).toEqual([...waiting].sort())
  })
})

/** A data folder with messages, a file and a secret, without a server. */
async function smallData(message: string): Promise<string> {
  const dataDir = await newFolder()
  const store = await openSqliteStore({ path: join(dataDir, 'parley.db') })
  await store.createUser({ id: 'ann', username: 'ann', usernameKey: 'ann', displayName: 'Ann', passwordHash: '', at: 1, mayBeFirst: true })
  await store.createConversation({ id: 'room', kind: 'group', title: 'room', members: ['ann'], at: 1 })
  await store.append({ conversation: 'room', actor: 'ann', cid: '0192f1a0-0000-7000-8000-000000000001', at: 2, change: { kind: 'message', content: { type: 'text', text: message } } })
  await store.addAttachment({ attachment: { id: 'file-1', name: 'a.bin', mime: 'application/octet-stream', size: 3_000_000 }, uploader: 'ann', at: 1, expiresAt: 4e12 })
  await store.close()
  const place = join(dataDir, 'files', diskPlace('file-1'))
  await mkdir(join(place, '..'), { recursive: true })
  await writeFile(place, randomBytes(3_000_000))
  await writeFile(join(dataDir, 'session-password'), `${message}, `.padEnd(40, 'secret '))
  return dataDir
}

/** All that a data folder stands for. */
async function readData(dataDir: string) {
  const { epoch, log } = await readDatabase(dataDir, 'room')
  const [event] = log
  return {
    epoch,
    text: event?.kind === 'message' && event.content?.type === 'text' ? event.content.text : undefined,
    secret: await readFile(join(dataDir, 'session-password'), 'utf8'),
    file: (await readFile(join(dataDir, 'files', diskPlace('file-1')))).toString('base64url', 0, 30),
  }
}

/** Some forty processes one after the other. */
describe('SIGKILL', { timeout: 180_000 }, () => {
  test('in a backup, at every step of it: the older backup stands or the new one is whole, and the next one is made', async () => {
    const dataDir = await smallData('hello')
    const shelf = await newFolder()
    const file = join(shelf, 'parley.tar')
    await needParley(['backup', file], { dataDir })
    let killed = 0
    for (let dieAt = 1; ; dieAt++) {
      const { signal } = await parley(['backup', file], { dataDir, dieAt })
      await needParley(['restore', file, '--check'])
      if (signal === null) break
      killed++
    }
    expect(killed).toBeGreaterThanOrEqual(3)
    await needParley(['backup', file], { dataDir })
    expect(await readdir(shelf)).toEqual(['parley.tar'])
  })

  test('[W4] in a restore, at every step of it: the data is the old or the new, and no server starts in between', async () => {
    const source = await smallData('from the backup')
    const file = join(await newFolder(), 'parley.tar')
    await needParley(['backup', file], { dataDir: source })
    const wanted = await readData(source)
    const seen = { old: 0, between: 0, done: 0 }
    for (let dieAt = 1; ; dieAt++) {
      const dataDir = await smallData('what was there')
      const old = await readData(dataDir)
      const { signal } = await parley(['restore', file], { dataDir, dieAt })
      if (existsSync(join(dataDir, 'restored'))) {
        seen.between++
        if (seen.between === 3) {
          const { code, logs } = await runToExit({ dataDir })
          expect(code).toBe(1)
          expect(logs).toContain('run "parley restore --finish"')
          expect((await parley(['backup', join(dataDir, '..', 'never.tar')], { dataDir })).error).toContain('run "parley restore --finish"')
        }
        await needParley(['restore', '--finish'], { dataDir })
      }
      const now = await readData(dataDir)
      if (now.text === old.text) {
        seen.old++
        expect(now).toEqual(old)
      }
      else {
        seen.done++
        expect({ ...now, epoch: '' }).toEqual({ ...wanted, epoch: '' })
        expect([old.epoch, wanted.epoch]).not.toContain(now.epoch)
        const [aside] = (await readdir(dataDir)).filter(name => name.startsWith('before-restore-'))
        expect(await readData(join(dataDir, aside!))).toEqual(old)
      }
      if (signal === null) break
    }
    expect(seen.old).toBeGreaterThanOrEqual(3)
    expect(seen.between).toBeGreaterThanOrEqual(5)
  })
})

describe('a restore is refused', () => {
  test('while a server runs on the data folder, which goes on', async () => {
    const dataDir = await smallData('hello')
    const file = join(await newFolder(), 'parley.tar')
    const server = await startServer({ dataDir })
    onTestFinished(() => server.dispose())
    await needParley(['backup', file], { dataDir })
    expect(await parley(['restore', file], { dataDir })).toMatchObject({ code: 1, out: '', error: expect.stringContaining('a server is running') as unknown })
    expect((await fetch(`${server.url}/api/ready`)).status).toBe(200)
    expect((await readdir(dataDir)).filter(name => /^(restor|before)/.test(name))).toEqual([])
  })

  test.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['cut off behind its last file', (bytes: Buffer) => bytes.subarray(0, bytes.length - 6 * 512)],
    ['with one bit turned over', (bytes: Buffer) => {
      bytes[400_000]! ^= 1
      return bytes
    }],
    ['of something else', () => Buffer.from('hello')],
  ])('from a backup that is %s, and the data stays', async (_name, spoil) => {
    const dataDir = await smallData('hello')
    const file = join(await newFolder(), 'parley.tar')
    await needParley(['backup', file], { dataDir })
    await writeFile(file, spoil(await readFile(file)))
    const before = await readData(dataDir)
    expect(await parley(['restore', file], { dataDir })).toMatchObject({ code: 1, error: expect.stringMatching(/^parley: the backup .*\n$/) as unknown })
    expect(await readData(dataDir)).toEqual(before)
    expect((await stat(join(dataDir, 'restoring')).catch(() => undefined))).toBeUndefined()
  })
})
