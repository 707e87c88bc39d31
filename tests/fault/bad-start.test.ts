import { statSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { serverEntry } from '#parley/tests/helpers/build.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { runToExit, startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerOptions } from '#parley/tests/helpers/server-process.ts'

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'parley-bad-start-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

const nobody = 65_534

/** Whether anybody may read a file and pass the folders above it. */
function readableByAll(path: string): boolean {
  if ((statSync(path).mode & 0o004) === 0) return false
  for (let above = dirname(path); dirname(above) !== above; above = dirname(above)) if ((statSync(above).mode & 0o001) === 0) return false
  return true
}

/** A start that must fail: one line that says why, a non-zero code, nothing listening. */
async function refusal(options: ServerOptions): Promise<string> {
  const { code, logs } = await runToExit(options)
  expect(code).toBe(1)
  expect(logs).not.toContain('Listening')
  const lines = logs.trim().split('\n')
  expect(lines, logs).toHaveLength(1)
  expect(lines[0]).toMatch(/^Parley cannot start: /)
  return lines[0]!
}

describe('a bad start ends with one clear line', () => {
  test('[F34] the data folder is a file', async () => {
    const path = join(await folder(), 'file')
    await writeFile(path, '')
    expect(await refusal({ dataDir: path })).toContain('NUXT_DATA_DIR')
  })

  // Root may read everything, so there the server runs as somebody else; who must be able to read the build at least.
  const asRoot = process.getuid?.() === 0
  test.skipIf(asRoot && !readableByAll(serverEntry))('[F34] the data folder may not be read', async () => {
    const path = await folder()
    await chmod(path, 0o000)
    expect(await refusal({ dataDir: path, ...(asRoot ? { uid: nobody } : {}) })).toContain('NUXT_DATA_DIR')
  })

  test('[F34] the data folder is on a file system that takes no writes', async () => {
    expect(await refusal({ dataDir: '/proc/parley' })).toContain('NUXT_DATA_DIR')
  })

  test('[F34] the database is damaged', async () => {
    const path = await folder()
    await writeFile(join(path, 'parley.db'), Buffer.alloc(8192, 'not a database '))
    expect(await refusal({ dataDir: path })).toMatch(/parley\.db is damaged/)
  })

  test('[F34] the database was cut off or overwritten in the middle', async () => {
    const server = await startServer()
    onTestFinished(() => server.dispose())
    await newUser(server.url, 'ann')
    await server.kill('SIGTERM')
    const file = join(server.dataDir, 'parley.db')
    const bytes = await readFile(file)
    bytes.fill(0x5A, 100, 4096)
    await writeFile(file, bytes)
    await rm(`${file}-wal`, { force: true })
    await rm(`${file}-shm`, { force: true })
    expect(await refusal({ dataDir: server.dataDir })).toMatch(/parley\.db is damaged/)
  })

  test.each([
    ['NUXT_DATABASE_URL', 'postgres//secret:word@host'],
    ['NUXT_DATABASE_URL', 'http://secret:word@host/db'],
    ['NUXT_REDIS_URL', 'not a url'],
    ['NUXT_REDIS_URL', 'redis://secret:word@localhost'],
    ['NUXT_ALLOWED_ORIGINS', 'https://a.example/path'],
    ['NUXT_TRUST_PROXY', 'everybody'],
    ['NUXT_REGISTRATION', 'perhaps'],
    ['NUXT_RATE_LIMIT', 'fast'],
    ['NUXT_SESSION_PASSWORD', 'short'],
    ['NUXT_LOG_LEVEL', 'chatty'],
  ])('%s=%s names the variable, not the secret in it', async (variable, value) => {
    const line = await refusal({ env: { [variable]: value } })
    expect(line).toContain(variable)
    expect(line).not.toContain('secret:word')
  })

  test('a Node without node:sqlite', async () => {
    expect(await refusal({ nodeArguments: ['--no-experimental-sqlite'] })).toMatch(/needs Node 24/)
  })

  test('the port is taken', async () => {
    const server = await startServer()
    onTestFinished(() => server.dispose())
    const { code, logs } = await runToExit({ port: server.port })
    expect(code).toBe(1)
    expect(logs).toMatch(/^Parley cannot start: PORT: .*EADDRINUSE/m)
  })
})
