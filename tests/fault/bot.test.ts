import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { HistoryResponse } from '#parley/shared/http.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** examples/bot/echo-bot.ts, as it stands there, against the built server. */

const file = fileURLToPath(new URL('../../examples/bot/echo-bot.ts', import.meta.url))
let server: ServerProcess
type User = Awaited<ReturnType<typeof newUser>>
let ann: User, echo: User
let room: string
let token: string
let bot: ChildProcess | undefined
beforeAll(async () => {
  server = await startServer({ env: { NUXT_RATE_LIMIT: '0' } })
  ann = await newUser(server.url, 'ann')
  echo = await newUser(server.url, 'echo')
  room = (await ann.group('Echoes', [echo.account.id])).id
  token = (await echo.need<{ token: string }>('POST', '/api/me/tokens', { name: 'bot', scopes: ['read', 'write'] })).token
})
afterEach(() => void bot?.kill('SIGKILL'))
afterAll(() => server.dispose())

const start = (): ChildProcess => bot = spawn(process.execPath, [file], { env: { ...process.env, PARLEY_URL: server.url, PARLEY_TOKEN: token }, stdio: 'ignore' })
const say = (text: string, conversation = room) => ann.need('POST', `/api/conversations/${conversation}/messages`, { cid: crypto.randomUUID(), content: { type: 'text', text } })
const answers = async (conversation = room) => (await ann.need<HistoryResponse>('GET', `/api/conversations/${conversation}/messages`)).messages
  .filter(({ sender }) => sender === echo.account.id).map(({ content, replyTo }) => [content?.type === 'text' ? content.text : '', replyTo])

test('it has fewer than 60 lines', () => {
  expect(readFileSync(file, 'utf8').trimEnd().split('\n').length).toBeLessThan(60)
})

test('[S3] [Y1] it answers each message once: live, after a crash of its own, after one of the server, and in conversations that are new to it', async () => {
  await say('!echo before it began')
  start()
  await expect.poll(() => answers()).toEqual([['before it began', 1]])
  await say('!echo live')
  await expect.poll(() => answers()).toEqual([['before it began', 1], ['live', 3]])
  const ended = once(bot!, 'exit')
  bot!.kill('SIGKILL')
  await ended
  await say('!echo while it was away')
  await say('not for it')
  start()
  await expect.poll(async () => (await answers()).at(-1)).toEqual(['while it was away', 5])
  await server.kill('SIGKILL')
  server = await server.restart()
  await say('!echo after a restart')
  await expect.poll(async () => (await answers()).at(-1)?.[0]).toBe('after a restart')
  const other = (await ann.group('Another', [echo.account.id])).id
  await say('!echo here too', other)
  await expect.poll(() => answers(other)).toEqual([['here too', 1]])
  expect((await answers()).map(([text]) => text)).toEqual(['before it began', 'live', 'while it was away', 'after a restart'])
})

test('[A7] it ends when its token is revoked', async () => {
  const { tokens } = await echo.need<{ tokens: { id: string }[] }>('GET', '/api/me/tokens')
  const ended = once(start(), 'exit')
  await echo.need('DELETE', `/api/me/tokens/${tokens[0]!.id}`)
  expect(await ended).toEqual([1, null])
})
