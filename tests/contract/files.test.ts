import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openDiskFiles } from '#parley/server/attachments/disk-files.ts'
import { FileStoreFull, FileStoreUnavailable } from '#parley/server/attachments/ports.ts'
import type { S3Account } from '#parley/server/attachments/s3-bucket.ts'
import { openS3Files } from '#parley/server/attachments/s3-files.ts'
import { filesContract, pieces, read } from '#parley/tests/contract/files.contract.ts'
import { createMemoryFiles } from '#parley/tests/helpers/memory-files.ts'
import { startS3Server } from '#parley/tests/helpers/s3-server.ts'

let folder = ''
let made = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-file-stores-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Waits for nothing: tries follow each other at once. */
const hasty = { now: () => Date.now(), timer: (task: () => void) => (queueMicrotask(task), () => undefined) }

async function s3(change: Partial<S3Account> = {}) {
  const server = await startS3Server()
  onTestFinished(() => server.close())
  const spool = join(folder, `spool-${++made}`)
  const log: string[] = []
  const write = (message: string, fields?: object) => void log.push(`${message} ${JSON.stringify(fields)}`)
  const files = await openS3Files({
    account: { ...server.account, ...change }, prefix: 'chat/files/', spool, clock: hasty, random: { next: () => 0 }, log: { debug: write, info: write, warn: write, error: write },
  })
  return { server, files, log, spool }
}

describe('on disk', () => filesContract(() => openDiskFiles(join(folder, String(++made)))))
describe('in memory', () => filesContract(async () => createMemoryFiles(() => Date.now())))
describe('in an S3-compatible storage', () => filesContract(async () => (await s3()).files))

describe('the S3-compatible storage', () => {
  test('has each file as one object under the name that it has on a disk, and nothing stays on this machine', async () => {
    const { server, files, spool } = await s3()
    await files.write('abcdef', pieces('x'))
    expect([...server.objects.keys()]).toEqual(['chat/files/ab/abcdef'])
    expect(await readdir(spool)).toEqual([])
  })

  test('is listed page by page, without what others keep in the bucket', async () => {
    const { server, files } = await s3()
    for (const id of ['a1', 'a2', 'a3', 'b1', 'b2', 'b3', 'c1']) await files.write(id, pieces('x'))
    for (const key of ['elsewhere/ab/abc', 'chat/files/notes.txt', 'chat/files/xx/abc', 'chat/files/ab/ab&c']) server.objects.set(key, Buffer.from('x'))
    server.times.set('chat/files/a2/a2', 1_700_000_000_000)
    server.troubles.push({ status: 503 }, 'drop')
    const found = await Array.fromAsync(files.list!())
    expect(found.map(({ id }) => id)).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'b3', 'c1'])
    expect(found[1]?.at).toBe(1_700_000_000_000)
    server.troubles.push({ status: 403, code: 'AccessDenied' })
    await expect(Array.fromAsync(files.list!())).rejects.toThrow('GET answered with 403 AccessDenied')
  })

  test('is asked for a range only', async () => {
    const { server, files } = await s3()
    await files.write('abc', pieces('hello'))
    await read(files, 'abc', { from: 1, to: 2 })
    expect(server.requests.at(-1)).toEqual({ method: 'GET', key: 'chat/files/ab/abc', range: 'bytes=1-2' })
  })

  test.each([['a 503', { status: 503, code: 'SlowDown' }], ['a lost answer', 'drop']] as const)('is asked again after %s, and then has the file once', async (_name, trouble) => {
    const { server, files } = await s3()
    server.troubles.push(trouble, trouble)
    await files.write('abc', pieces('hello'))
    expect(server.requests.filter(({ method }) => method === 'PUT')).toHaveLength(3)
    server.troubles.push(trouble, trouble, trouble)
    expect(String(await read(files, 'abc'))).toBe('hello')
    expect([...server.objects.values()].map(String)).toEqual(['hello'])
  })

  test('that stays away is told as such, and a try that arrived nevertheless is taken away', async () => {
    const { server, files, log, spool } = await s3()
    server.troubles.push('drop', 'drop', 'drop', 'drop')
    await expect(files.write('abc', pieces('hello'))).rejects.toThrow(FileStoreUnavailable)
    await expect.poll(() => server.objects.size).toBe(0)
    expect(await readdir(spool)).toEqual([])
    server.troubles.push(...Array.from({ length: 4 }, () => ({ status: 500 })))
    await expect(files.read('abc')).rejects.toThrow(FileStoreUnavailable)
    expect(log.join()).toContain('the object storage does not answer')
  })

  test('[A6] that refuses the keys is told with the reason, and never with a secret', async () => {
    const { files, log } = await s3({ secretAccessKey: 'another secret' })
    await expect(files.write('abc', pieces('hello'))).rejects.toThrow(/403 SignatureDoesNotMatch/)
    await expect(files.read('abc')).rejects.toThrow(FileStoreUnavailable)
    await expect(files.remove('abc')).rejects.toThrow(FileStoreUnavailable)
    await expect.poll(() => log.join('\n')).toContain('check NUXT_S3_BUCKET')
    expect(log.join('\n')).not.toMatch(/another secret|AKTEST|Signature=/)
  })

  test('without the bucket is no storage without the file', async () => {
    const { files } = await s3({ bucket: 'elsewhere' })
    await expect(files.read('abc')).rejects.toThrow(/NoSuchBucket/)
  })

  test('without room says so, and is not asked again', async () => {
    const { server, files } = await s3()
    server.troubles.push({ status: 507, code: 'XMinioStorageFull' })
    await expect(files.write('abc', pieces('hello'))).rejects.toThrow(FileStoreFull)
    expect(server.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1)
  })

  test('that breaks off in the middle gives an error to the reader, never a short file', async () => {
    const { server, files } = await s3()
    await files.write('abc', pieces(Buffer.alloc(100_000, 'x')))
    server.troubles.push('cut')
    const stream = (await files.read('abc'))!
    await expect(buffer(stream)).rejects.toThrow()
  })

  test('[X29] what a crash left on this machine is gone at the next start', async () => {
    const { server, spool } = await s3()
    await writeFile(join(spool, 'left'), 'x')
    const silent = { debug() {}, info() {}, warn() {}, error() {} }
    await openS3Files({ account: server.account, prefix: '', spool, clock: hasty, random: { next: () => 0 }, log: silent })
    expect(await readdir(spool)).toEqual([])
  })
})
