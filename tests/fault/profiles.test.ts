import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConversationSummary } from '#parley/shared/model.ts'
import { newUser, goodPassword, HttpClient } from '#parley/tests/helpers/http-client.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'
import { png } from '#parley/tests/helpers/sample-files.ts'

/** Profiles, pictures, blocks and the end of accounts, by HTTP on the built server. */

let server: ServerProcess
type User = Awaited<ReturnType<typeof newUser>>
let admin: User, ann: User, ben: User

beforeAll(async () => {
  server = await startServer({ env: { NUXT_RATE_LIMIT: '0' } })
  admin = await newUser(server.url, 'root')
  ann = await newUser(server.url, 'ann')
  ben = await newUser(server.url, 'ben')
})
afterAll(() => server.dispose())

const put = (user: User, bytes: Uint8Array) => fetch(`${server.url}/api/avatars`, { method: 'POST', headers: { cookie: user.cookie, origin: server.url }, body: new Uint8Array(bytes) })

describe('avatars', () => {
  test('[X29] are square pictures by their bytes, given to logged-in users only, as what they are', async () => {
    const answer = await put(ann, png(64, 64))
    expect(answer.status).toBe(201)
    const { avatar } = await answer.json() as { avatar: string }
    expect((await put(ann, png(64, 32))).status).toBe(422)
    expect((await put(ann, png(8, 8))).status).toBe(422)
    expect((await put(ann, new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><script>alert(1)</script></svg>'))).status).toBe(422)
    expect((await put(ann, new Uint8Array(300 * 1024))).status).toBe(413)
    expect((await ann.call('PATCH', '/api/me', { avatar })).status).toBe(200)
    expect((await ann.call('PATCH', '/api/me', { avatar: 'unknown' })).status).toBe(404)
    const got = await fetch(`${server.url}/api/avatars/${avatar}`, { headers: { cookie: ben.cookie } })
    expect([got.status, got.headers.get('content-type'), got.headers.get('x-content-type-options'), got.headers.get('cache-control')])
      .toEqual([200, 'image/png', 'nosniff', 'private, max-age=31536000, immutable'])
    expect(Buffer.from(await got.arrayBuffer()).equals(Buffer.from(png(64, 64)))).toBe(true)
    expect((await fetch(`${server.url}/api/avatars/${avatar}`)).status).toBe(401)
    const group = await ann.group('Garden', [ben.account.id])
    expect((await ben.call('PATCH', `/api/conversations/${group.id}`, { avatar })).status).toBe(403)
    expect((await ann.need<{ conversation: ConversationSummary }>('PATCH', `/api/conversations/${group.id}`, { avatar })).conversation.avatar).toBe(avatar)
    expect((await ann.call('PATCH', `/api/conversations/${group.id}`, { avatar: 'unknown' })).status).toBe(422)
    expect((await ann.need<{ conversation: ConversationSummary }>('PATCH', `/api/conversations/${group.id}`, { avatar: '' })).conversation.avatar).toBeUndefined()
  })
})

describe('blocks', () => {
  test('[S9] a blocked user begins no conversation, adds nobody, and sends nothing; unblocked it all works', async () => {
    const { conversation } = await ben.need<{ conversation: ConversationSummary }>('POST', '/api/conversations', { kind: 'direct', user: ann.account.id })
    const say = () => ben.call('POST', `/api/conversations/${conversation.id}/messages`, { cid: crypto.randomUUID(), content: { type: 'text', text: 'hi' } })
    expect((await say()).status).toBe(201)
    expect((await ann.call('POST', '/api/me/blocks', { user: ben.account.id })).status).toBe(200)
    expect((await say()).status).toBe(403)
    expect((await ben.call('POST', '/api/conversations', { kind: 'direct', user: ann.account.id })).status).toBe(201)
    expect((await ben.call('POST', '/api/conversations', { kind: 'group', title: 'Trap', members: [ann.account.id] })).status).toBe(403)
    const own = await ben.group('Own')
    expect((await ben.call('POST', `/api/conversations/${own.id}/members`, { user: ann.account.id })).status).toBe(403)
    expect((await ann.call('POST', '/api/me/blocks', { user: ann.account.id })).status).toBe(404)
    expect((await ann.call('POST', '/api/me/blocks', { user: 'nobody' })).status).toBe(404)
    expect((await ann.call('DELETE', `/api/me/blocks/${ben.account.id}`)).status).toBe(200)
    expect([(await say()).status, (await ben.call('POST', `/api/conversations/${own.id}/members`, { user: ann.account.id })).status]).toEqual([201, 200])
  })
})

describe('the end of an account', () => {
  test('[A5] asks for the password, ends every log-in, hands groups over, and frees the name for nobody', async () => {
    const zoe = await newUser(server.url, 'zoe')
    const elsewhere = new HttpClient(server.url)
    await elsewhere.need('POST', '/api/auth/login', { username: 'zoe', password: goodPassword })
    const group = await zoe.group('Zoo', [ann.account.id])
    await zoe.need('POST', `/api/conversations/${group.id}/messages`, { cid: crypto.randomUUID(), content: { type: 'text', text: 'gone soon' } })
    const end = (user: HttpClient, body: object) => user.call('POST', '/api/me/deletion', body)
    expect((await end(zoe, { password: 'wrong one here', messages: 'erase' })).status).toBe(403)
    expect((await end(zoe, { password: goodPassword, messages: 'erase' })).status).toBe(204)
    expect([(await elsewhere.call('GET', '/api/me')).status, (await elsewhere.call('POST', '/api/auth/login', { username: 'zoe', password: goodPassword })).status]).toEqual([401, 401])
    expect((await new HttpClient(server.url).call('POST', '/api/auth/register', { username: 'ZOE', password: goodPassword })).status).toBe(409)
    await expect.poll(async () => (await ann.need<{ conversation: ConversationSummary }>('GET', `/api/conversations/${group.id}`)).conversation)
      .toMatchObject({ role: 'owner', memberCount: 1, lastMessage: { deletedBy: zoe.account.id } })
    const { users } = await ann.need<{ users: unknown[] }>('GET', `/api/users?ids=${zoe.account.id}`)
    expect(users).toEqual([{ id: zoe.account.id, username: 'deleted', displayName: 'Deleted account', deleted: true }])
  })

  test('the last admin names another; a token can end nothing', async () => {
    expect((await admin.call('POST', '/api/me/deletion', { password: goodPassword, messages: 'keep' })).body.data?.code).toBe('last_admin')
    const { token } = await admin.need<{ token: string }>('POST', '/api/me/tokens', { name: 'bot' })
    const bot = await fetch(`${server.url}/api/me/deletion`, {
      method: 'POST', headers: { 'authorization': `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ password: goodPassword, messages: 'keep', successor: ann.account.id }),
    })
    expect(bot.status).toBe(403)
    expect((await admin.call('POST', '/api/me/deletion', { password: goodPassword, messages: 'keep', successor: ann.account.id })).status).toBe(204)
    expect(await ann.need('GET', '/api/me')).toMatchObject({ user: { role: 'admin' } })
  })
})

test('the export is a zip of what is one\'s own', async () => {
  const group = await ben.group('Notes')
  for (const text of ['one', '二']) await ben.need('POST', `/api/conversations/${group.id}/messages`, { cid: crypto.randomUUID(), content: { type: 'text', text } })
  const answer = await fetch(`${server.url}/api/me/export`, { headers: { cookie: ben.cookie } })
  expect([answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual(['application/zip', 'no-store'])
  const files = unzipSync(new Uint8Array(await answer.arrayBuffer()))
  expect(Object.keys(files)).toEqual(['profile.json', 'conversations.json', 'messages.jsonl', 'files.jsonl'])
  const lines = new TextDecoder().decode(files['messages.jsonl']).trim().split('\n').map(line => JSON.parse(line) as { conversation: string, content: { text: string } })
  expect(lines.filter(line => line.conversation === group.id).map(line => line.content.text)).toEqual(['one', '二'])
})
