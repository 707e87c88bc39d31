import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { LoginsResponse } from '#parley/shared/http.ts'
import { goodPassword, HttpClient, newUser } from '#parley/tests/helpers/http-client.ts'
import { newCid } from '#parley/tests/helpers/op-frames.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** Registration, log-in and the rest of the HTTP interface on the built server (PROTOCOL 11, A3, A5). */

let server: ServerProcess
let admin: Awaited<ReturnType<typeof newUser>>
let ann: Awaited<ReturnType<typeof newUser>>

beforeAll(async () => {
  server = await startServer()
  admin = await newUser(server.url, 'admin')
  ann = await newUser(server.url, 'ann')
})
afterAll(() => server.dispose())

const guest = () => new HttpClient(server.url)
const logIn = (client: HttpClient, username: string, password: string) => client.call('POST', '/api/auth/login', { username, password })

describe('accounts', () => {
  test('the first user is admin, the next is not', () => {
    expect([admin.account.role, ann.account.role]).toEqual(['admin', 'member'])
  })

  test('[X4] the cookie is HttpOnly, SameSite=Lax, lives 30 days, and is Secure only over https', async () => {
    const client = guest()
    await logIn(client, 'ann', goodPassword)
    expect(client.lastSetCookie).toHaveLength(1)
    const [cookie] = client.lastSetCookie
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Lax/)
    expect(cookie).toMatch(/Max-Age=2592000/)
    expect(cookie).not.toMatch(/Secure/)
    await client.call('POST', '/api/auth/login', { username: 'ann', password: goodPassword }, { 'x-forwarded-proto': 'https' })
    expect(client.lastSetCookie.join()).toMatch(/; Secure/)
  })

  test('[X33, A5] at a shared computer the cookie ends with the browser, and no file may be kept', async () => {
    const client = guest()
    client.cookie = 'parley-shared=1'
    await logIn(client, 'ann', goodPassword)
    expect(client.lastSetCookie).toHaveLength(1)
    expect(client.lastSetCookie[0]).toMatch(/HttpOnly/)
    expect(client.lastSetCookie[0]).not.toMatch(/Max-Age|Expires/i)
    const file = new FormData()
    file.append('file', new Blob(['for me alone']), 'note.txt')
    const cookie = `${client.cookie}; parley-shared=1`
    const uploaded = await fetch(`${server.url}/api/attachments`, { method: 'POST', body: file, headers: { cookie, origin: server.url } })
    const { attachment } = await uploaded.json() as { attachment: { id: string } }
    const caching = async (as: string) => (await fetch(`${server.url}/api/attachments/${attachment.id}`, { headers: { cookie: as } })).headers.get('cache-control')
    expect(await caching(cookie)).toBe('private, no-store')
    expect(await caching(client.cookie)).toMatch(/^private, max-age=/)
  })

  test('log in, who am I, log out, and out means out', async () => {
    const client = guest()
    expect((await client.call('GET', '/api/me')).body).toEqual({ statusCode: 401, message: 'not logged in', data: { code: 'unauthenticated' } })
    expect((await logIn(client, 'ANN', goodPassword)).status).toBe(200)
    const kept = client.cookie
    expect((await client.call<object>('GET', '/api/me')).body).toEqual({ user: ann.account, hides: {} })
    expect((await client.call('POST', '/api/auth/logout')).status).toBe(204)
    expect(client.cookie).toBe('')
    client.cookie = kept
    expect((await client.call('GET', '/api/me')).status).toBe(401)
    expect((await client.call('POST', '/api/auth/logout')).status).toBe(204)
    expect((await guest().call('POST', '/api/auth/logout')).status).toBe(204)
  })

  test('a cookie that is damaged or sealed by somebody else is no log-in', async () => {
    const client = guest()
    client.cookie = `${ann.cookie.slice(0, -3)}xyz`
    expect((await client.call('GET', '/api/me')).status).toBe(401)
    client.cookie = 'parley-session=Fe26.2**junk'
    expect((await client.call('GET', '/api/me')).status).toBe(401)
  })

  test.each([
    [{ username: 'ann', password: goodPassword }, 409, 'username_taken'],
    [{ username: 'ＡＮＮ', password: goodPassword }, 409, 'username_taken'],
    [{ username: 'a b', password: goodPassword }, 422, 'username_invalid'],
    [{ username: 'newcomer', password: 'short' }, 422, 'password_weak'],
    [{ username: 'newcomer', password: 'Password123' }, 422, 'password_common'],
    [{ username: 'newcomer' }, 400, 'bad_request'],
    [{ username: ['newcomer'], password: goodPassword }, 400, 'bad_request'],
    [{ username: 'newcomer', password: goodPassword, displayName: '\n' }, 400, 'bad_request'],
  ])('registering %j: %i %s', async (body, status, code) => {
    const answer = await guest().call('POST', '/api/auth/register', body)
    expect([answer.status, answer.body.data?.code]).toEqual([status, code])
    expect(answer.body.message).not.toContain(goodPassword)
  })

  test('of two that register one name at once, one gets it', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => guest().call('POST', '/api/auth/register', { username: 'twin', password: goodPassword })))
    expect(answers.map(answer => answer.status).toSorted()).toEqual([201, 409, 409])
  })

  test('wrong passwords: 401, the same for unknown users, then 429 with Retry-After', async () => {
    await guest().register('guessed')
    const unknown = await logIn(guest(), 'nobody-there', 'wrong wrong')
    const wrong = await logIn(guest(), 'guessed', 'wrong wrong')
    expect([wrong.status, wrong.body]).toEqual([unknown.status, unknown.body])
    const answers = await Promise.all(Array.from({ length: 12 }, () => logIn(guest(), 'guessed', 'wrong wrong')))
    const limited = answers.filter(answer => answer.status === 429)
    expect(limited.length).toBeGreaterThanOrEqual(3)
    expect(Number(limited[0]!.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(limited[0]!.body.data?.code).toBe('too_many_requests')
  })
})

describe('where registration is not open', () => {
  test.each([['closed', 'registration_closed'], ['invite', 'invite_required']])('%s: 403 %s for all but the first', async (registration, code) => {
    const own = await startServer({ env: { NUXT_REGISTRATION: registration } })
    onTestFinished(() => own.dispose())
    await newUser(own.url, 'first')
    const answer = await new HttpClient(own.url).call('POST', '/api/auth/register', { username: 'second', password: goodPassword })
    expect([answer.status, answer.body.data?.code]).toEqual([403, code])
  })

  test('from elsewhere the first user needs the set-up code of the log', async () => {
    const own = await startServer({ env: { NUXT_LOG_LEVEL: 'error' } })
    onTestFinished(() => own.dispose())
    const body = { username: 'first', password: goodPassword }
    const far = { 'x-forwarded-for': '198.51.100.7' }
    expect((await new HttpClient(own.url).call('POST', '/api/auth/register', body, far)).body.data?.code).toBe('setup_code_required')
    const code = /set-up code (\S+)/.exec(own.logs())?.[1]
    const answer = await new HttpClient(own.url).call<{ user: { role: string } }>('POST', '/api/auth/register', { ...body, setupCode: code }, far)
    expect([answer.status, answer.body.user.role]).toEqual([201, 'admin'])
  })
})

describe('origins', () => {
  const write = (headers: Record<string, string>) => ann.call('POST', '/api/ws/ticket', undefined, headers)

  test.each(['https://evil.io', 'null', 'http://127.0.0.1', 'http://127.0.0.1:1', 'http://127.0.0.1.evil.io'])('[A3, X2] a write with a cookie from %s is refused', async (origin) => {
    const answer = await write({ origin })
    expect([answer.status, answer.body.data?.code]).toEqual([403, 'foreign_origin'])
  })

  test('[A3] a scheme that is not Bearer does not take the cookie out of the check', async () => {
    expect((await write({ origin: 'https://evil.io', authorization: 'Basic x' })).status).toBe(403)
  })

  test('[A3] a write with a cookie and no origin is refused, a read is not', async () => {
    expect((await write({ origin: '' })).status).toBe(403)
    expect((await ann.call('GET', '/api/me', undefined, { origin: '' })).status).toBe(200)
  })

  test('[A3, X20] the forwarded host of a trusted proxy is an own origin', async () => {
    expect((await write({ 'origin': 'https://chat.example.com', 'x-forwarded-host': 'chat.example.com' })).status).toBe(201)
    const strict = await startServer({ dataDir: undefined, env: { NUXT_TRUST_PROXY: 'none', NUXT_ALLOWED_ORIGINS: 'https://app.example.com' } })
    onTestFinished(() => strict.dispose())
    const bob = await newUser(strict.url, 'bob')
    expect((await bob.call('POST', '/api/ws/ticket', undefined, { 'origin': 'https://chat.example.com', 'x-forwarded-host': 'chat.example.com' })).status).toBe(403)
    expect((await bob.call('POST', '/api/ws/ticket', undefined, { origin: 'https://app.example.com' })).status).toBe(201)
  })

  test('[A3] nobody can be logged in from a foreign page', async () => {
    const answer = await guest().call('POST', '/api/auth/login', { username: 'ann', password: goodPassword }, { origin: 'https://evil.io' })
    expect(answer.status).toBe(403)
  })
})

describe('requests', () => {
  test.each([['{', 400], ['', 400], ['null', 400], ['[]', 400], ['"x"', 400], ['['.repeat(60_000), 400], [`{"username":"${'x'.repeat(140_000)}"}`, 413]])('a body %.20s: %i, never 500', async (body, status) => {
    expect((await guest().call('POST', '/api/auth/login', body, { 'content-type': 'application/json' })).status).toBe(status)
  })

  test('a chunked body without a length is counted while it comes', async () => {
    const endless = new ReadableStream({ pull: controller => controller.enqueue(Buffer.alloc(32 * 1024, 0x20)) })
    const answer = await fetch(`${server.url}/api/auth/login`, { method: 'POST', body: endless, duplex: 'half' } as RequestInit).catch(() => undefined)
    expect([413, undefined]).toContain(answer?.status)
    expect((await guest().call('GET', '/api/health')).status).toBe(200)
  })

  test('unknown calls are JSON 404, also for a browser that asks for a page', async () => {
    const answer = await guest().call('GET', '/api/nope', undefined, { accept: 'text/html' })
    expect([answer.status, answer.body]).toEqual([404, { statusCode: 404, message: 'not found', data: { code: 'not_found' } }])
    expect((await guest().call('DELETE', '/api/me')).status).toBe(404)
    expect((await guest().call('GET', '/api/_auth/session')).status).toBe(404)
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('every call needs a log-in', async () => {
    const calls = [
      ['GET', '/api/me'], ['GET', '/api/users?q=a'], ['GET', '/api/conversations'], ['POST', '/api/conversations'], ['GET', '/api/conversations/x'],
      ['PATCH', '/api/conversations/x'], ['DELETE', '/api/conversations/x'], ['GET', '/api/conversations/x/members'], ['POST', '/api/conversations/x/members'],
      ['PATCH', '/api/conversations/x/members/y'], ['DELETE', '/api/conversations/x/members/y'], ['GET', '/api/conversations/x/messages'],
      ['POST', '/api/conversations/x/messages'], ['PATCH', '/api/conversations/x/me'], ['GET', '/api/search?q=a'], ['POST', '/api/me/password'],
      ['GET', '/api/me/connections'], ['DELETE', '/api/me/logins/x'], ['POST', '/api/me/tokens'], ['GET', '/api/me/tokens'], ['DELETE', '/api/me/tokens/x'],
      ['PATCH', '/api/admin/users/x'], ['GET', '/api/admin/invites'], ['POST', '/api/admin/invites'], ['DELETE', '/api/admin/invites/x'],
      ['GET', '/api/conversations/x/invites'], ['POST', '/api/conversations/x/invites'], ['DELETE', '/api/conversations/x/invites/y'],
      ['GET', '/api/conversations/public'], ['POST', '/api/conversations/x/join'], ['POST', '/api/invites/x/accept'], ['POST', '/api/ws/ticket'],
    ] as const
    const answers = await Promise.all(calls.map(async ([method, path]) => [method, path, (await guest().call(method, path, method === 'GET' ? undefined : {})).status]))
    expect(answers).toEqual(calls.map(([method, path]) => [method, path, 401]))
  })

  test('alive and ready', async () => {
    expect((await guest().call<object>('GET', '/api/health')).body).toEqual({ status: 'ok' })
    expect((await guest().call<object>('GET', '/api/ready')).body).toEqual({ status: 'ready' })
  })
})

describe('devices and tokens', () => {
  test('[A5] log-ins are listed and can be ended one by one', async () => {
    const [desk, phone] = [await newUser(server.url, 'cleo'), guest()]
    await logIn(phone, 'cleo', goodPassword)
    const { logins } = await desk.need<LoginsResponse>('GET', '/api/me/connections')
    expect(logins.map(login => login.current).toSorted()).toEqual([false, true])
    const other = logins.find(login => !login.current)!
    expect((await ann.call('DELETE', `/api/me/logins/${other.id}`)).status).toBe(404)
    expect((await desk.call('DELETE', `/api/me/logins/${other.id}`)).status).toBe(204)
    expect((await phone.call('GET', '/api/me')).status).toBe(401)
    expect((await desk.call('GET', '/api/me')).status).toBe(200)
  })

  test('[A5] a new password needs the old one, ends the other log-ins and keeps this one', async () => {
    const [desk, phone] = [await newUser(server.url, 'dora'), guest()]
    await logIn(phone, 'dora', goodPassword)
    const wrong = await desk.call('POST', '/api/me/password', { current: 'not this one', password: 'roses in december' })
    expect([wrong.status, wrong.body.data?.code]).toEqual([403, 'bad_credentials'])
    expect((await desk.call('POST', '/api/me/password', { current: goodPassword, password: 'short' })).body.data?.code).toBe('password_weak')
    expect((await phone.call('GET', '/api/me')).status).toBe(200)
    expect((await desk.call('POST', '/api/me/password', { current: goodPassword, password: 'roses in december' })).status).toBe(204)
    expect([(await desk.call('GET', '/api/me')).status, (await phone.call('GET', '/api/me')).status]).toEqual([200, 401])
    expect([(await logIn(guest(), 'dora', goodPassword)).status, (await logIn(guest(), 'dora', 'roses in december')).status]).toEqual([401, 200])
  })

  test('[A1] an API token works as bearer, without an origin, until it is revoked', async () => {
    const { token, id } = await ann.need<{ token: string, id: string }>('POST', '/api/me/tokens', { name: 'bot' })
    const bot = guest()
    const bearer = { origin: '', authorization: `Bearer ${token}` }
    const { id: room } = await ann.group('for the bot')
    expect((await bot.call('POST', `/api/conversations/${room}/messages`, { cid: newCid(), content: { type: 'text', text: 'beep' } }, bearer)).status).toBe(201)
    expect((await bot.call('POST', '/api/ws/ticket', undefined, bearer)).status).toBe(201)
    expect((await bot.call('POST', '/api/me/tokens', { name: 'child' }, bearer)).status).toBe(403)
    const listed = await ann.call('GET', '/api/me/tokens')
    expect(JSON.stringify(listed.body)).toContain(id)
    expect(JSON.stringify(listed.body)).not.toContain(token)
    expect((await ann.call('DELETE', `/api/me/tokens/${id}`)).status).toBe(204)
    expect((await bot.call('GET', '/api/me', undefined, bearer)).status).toBe(401)
  })

  test('administration is for admins, and not on oneself', async () => {
    const eve = await newUser(server.url, 'eve')
    const path = `/api/admin/users/${eve.account.id}`
    expect((await ann.call('PATCH', path, { disabled: true })).status).toBe(404)
    expect((await admin.call('PATCH', `/api/admin/users/${admin.account.id}`, { role: 'member' })).status).toBe(403)
    expect((await admin.call('PATCH', '/api/admin/users/nobody', { disabled: true })).status).toBe(404)
    expect((await admin.call('PATCH', path, { disabled: true })).status).toBe(200)
    expect((await eve.call('GET', '/api/me')).body.data?.code).toBe('account_disabled')
    const login = await logIn(guest(), 'eve', goodPassword)
    expect([login.status, login.body.data?.code]).toEqual([403, 'account_disabled'])
    expect((await admin.call('PATCH', path, { disabled: false })).status).toBe(200)
    expect((await eve.call('POST', '/api/ws/ticket')).status).toBe(201)
  })
})

describe('conversations', () => {
  test('made, listed, renamed, joined, left, closed', async () => {
    const finn = await newUser(server.url, 'finn')
    const { id } = await ann.group('garden', [])
    const path = `/api/conversations/${id}`
    expect((await finn.call('GET', path)).status).toBe(404)
    expect((await finn.call('POST', `${path}/members`, { user: finn.account.id })).status).toBe(404)
    expect((await ann.call('POST', `${path}/members`, { user: finn.account.id })).status).toBe(200)
    expect((await finn.call('PATCH', path, { title: 'mine' })).status).toBe(403)
    expect((await ann.call('PATCH', `${path}/members/${finn.account.id}`, { role: 'admin' })).status).toBe(200)
    const renamed = await finn.call<{ conversation: { title: string } }>('PATCH', path, { title: ' park ' })
    expect(renamed.body.conversation.title).toBe('park')
    expect((await finn.call('PATCH', path, { title: '   ' })).status).toBe(400)
    expect((await finn.call<{ conversation: object }>('PATCH', `${path}/me`, { pinned: true, notify: 'none' })).body.conversation).toMatchObject({ pinned: true, notify: 'none' })
    expect((await finn.call<{ members: object[] }>('GET', `${path}/members`)).body.members).toHaveLength(2)
    expect((await ann.call('DELETE', path)).status).toBe(200)
    expect((await ann.call('POST', `${path}/messages`, { cid: newCid(), content: { type: 'text', text: 'late' } })).status).toBe(410)
    expect((await finn.call('DELETE', `${path}/members/${finn.account.id}`)).status).toBe(204)
    expect((await finn.call('GET', path)).status).toBe(404)
  })

  test('a direct conversation of the same two is the same one', async () => {
    const first = await ann.need<{ conversation: { id: string } }>('POST', '/api/conversations', { kind: 'direct', user: admin.account.id })
    const second = await admin.need<{ conversation: { id: string } }>('POST', '/api/conversations', { kind: 'direct', user: ann.account.id })
    expect(second.conversation.id).toBe(first.conversation.id)
    expect((await ann.call('POST', '/api/conversations', { kind: 'direct', user: 'nobody' })).status).toBe(404)
    expect((await ann.call('POST', '/api/conversations', { kind: 'party', title: 'x' })).status).toBe(400)
  })

  test('[Y3] history and search answer as documented, bad cursors are 400', async () => {
    const { id } = await ann.group('library')
    for (const text of ['the red fox', '你好世界', 'the blue fox']) await ann.need('POST', `/api/conversations/${id}/messages`, { cid: newCid(), content: { type: 'text', text } })
    const page = await ann.need<{ messages: { seq: number }[], head: number, before?: number }>('GET', `/api/conversations/${id}/messages?limit=2`)
    expect(page.messages).toHaveLength(2)
    expect(page.messages.at(-1)!.seq).toBe(page.head)
    expect(page.before).toBe(page.messages[0]!.seq)
    expect((await ann.call('GET', `/api/conversations/${id}/messages?before=x`)).status).toBe(400)
    expect((await ann.call('GET', `/api/conversations/${id}/messages?limit=1e9`)).status).toBe(400)
    const hits = await ann.need<{ hits: object[] }>('GET', `/api/search?q=${encodeURIComponent('世界')}`)
    expect(hits.hits).toHaveLength(1)
    expect((await ann.need<{ hits: object[] }>('GET', `/api/search?q=fox&conversation=${id}`)).hits).toHaveLength(2)
    expect((await ann.call('GET', `/api/search?q=${encodeURIComponent('"*(NEAR')}`)).status).toBe(200)
    expect((await admin.need<{ hits: object[] }>('GET', '/api/search?q=fox')).hits).toHaveLength(0)
  })

  test('people are found by part of their name and named by id', async () => {
    const found = await ann.need<{ users: { id: string }[] }>('GET', '/api/users?q=ADM')
    expect(found.users.map(user => user.id)).toContain(admin.account.id)
    const named = await ann.need<{ users: object[] }>('GET', `/api/users?ids=${admin.account.id},nobody`)
    expect(named.users).toEqual([{ id: admin.account.id, username: 'admin', displayName: 'admin' }])
    expect((await ann.call('GET', '/api/users?q=a&q=b')).status).toBe(400)
  })
})
