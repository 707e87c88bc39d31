import { SignJWT } from 'jose'
import type { JWTPayload } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NewUserResponse } from '#parley/shared/administration.ts'
import type { NewApiTokenResponse } from '#parley/shared/http.ts'
import type { LoginWays } from '#parley/shared/login-ways.ts'
import type { Account } from '#parley/shared/model.ts'
import { goodPassword, HttpClient, newUser } from '#parley/tests/helpers/http-client.ts'
import { newCid, sendText } from '#parley/tests/helpers/op-frames.ts'
import { startOpenidProvider, Visitor } from '#parley/tests/helpers/openid-provider.ts'
import type { OpenidProvider } from '#parley/tests/helpers/openid-provider.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'
import { connect } from '#parley/tests/helpers/socket-client.ts'

/** The ways in beside a password, on the built server: a real OpenID provider (A8), a host application (A10), guests (A9), scopes (A7). */

const hostSecret = 'a secret of the host application that is long enough'
const issuer = 'https://app.example'
const hostOrigin = 'https://app.example'

let provider: OpenidProvider
let server: ServerProcess
let admin: Awaited<ReturnType<typeof newUser>>

beforeAll(async () => {
  provider = await startOpenidProvider()
  server = await startServer({ env: {
    NUXT_OIDC_ISSUER: provider.issuer, NUXT_OIDC_CLIENT_ID: provider.clientId, NUXT_OIDC_CLIENT_SECRET: provider.clientSecret, NUXT_OIDC_LABEL: 'Example ID',
    NUXT_HOST_TOKEN_SECRET: hostSecret, NUXT_HOST_TOKEN_ISSUER: issuer, NUXT_GUESTS: 'on', NUXT_ALLOWED_ORIGINS: hostOrigin,
  } })
  admin = await newUser(server.url, 'admin')
})
afterAll(async () => {
  await server.dispose()
  await provider.close()
})

const stranger = () => new HttpClient(server.url)
const problemIn = (location: string | undefined) => new URL(location ?? 'http://none').searchParams.get('problem')

/** Whoever these cookies belong to. */
async function who(cookie: string): Promise<Account | undefined> {
  const client = stranger()
  client.cookie = cookie
  const answer = await client.call<{ user: Account }>('GET', '/api/me')
  return answer.status === 200 ? answer.body.user : undefined
}

const startAt = (next = '/chat') => `${server.url}/api/auth/oidc/start?next=${encodeURIComponent(next)}`

describe('[A8] an OpenID provider', () => {
  test('that is down keeps nobody from starting the server, and says so when it is used', async () => {
    const answer = await new Visitor().visit(startAt('/chat/c1'))
    expect(answer.status).toBe(302)
    expect(problemIn(answer.location)).toBe('oidc_unavailable')
    expect(new URL(answer.location!).searchParams.get('next')).toBe('/chat/c1')
    provider.serve(server.url)
  })

  test('leads back to the page that was asked for, logged in; the second time as the same user', async () => {
    expect((await stranger().call<LoginWays>('GET', '/api/auth/ways')).body).toEqual({ password: true, oidc: { label: 'Example ID' }, guests: 'on' })
    const visitor = new Visitor()
    const back = await visitor.logInAt(provider, startAt('/settings/profile'), 'olga')
    const entered = await visitor.visit(back)
    expect([entered.status, entered.location]).toEqual([302, `${server.url}/settings/profile`])
    expect(entered.headers.get('referrer-policy')).toBe('no-referrer')
    const olga = await who(visitor.cookie(server.url))
    expect(olga).toMatchObject({ username: 'olga', displayName: 'OLGA', role: 'member' })
    const again = new Visitor()
    await again.visit(await again.logInAt(provider, startAt('https://evil.example/chat/x'), 'olga'))
    expect((await who(again.cookie(server.url)))?.id).toBe(olga?.id)
    // A6: no code, state or token in the log.
    expect(server.logs()).not.toMatch(/code=|state=|eyJ/)
  })

  test('leads nowhere else', async () => {
    for (const next of ['https://evil.example', '//evil.example', '/\\evil.example', '/api/auth/logout']) {
      const visitor = new Visitor()
      const entered = await visitor.visit(await visitor.logInAt(provider, startAt(next), 'olga'))
      expect(entered.location).toBe(`${server.url}/chat`)
    }
  })

  test('a user name that is taken is varied: the account of that name stays whose it is', async () => {
    const visitor = new Visitor()
    await visitor.visit(await visitor.logInAt(provider, startAt(), 'admin'))
    expect(await who(visitor.cookie(server.url))).toMatchObject({ username: 'admin-2', role: 'member' })
  })

  test('another state, a code used twice, and a way back that another browser began lead to nothing', async () => {
    const visitor = new Visitor()
    const back = await visitor.logInAt(provider, startAt(), 'petra')
    const foreign = await new Visitor().visit(back)
    expect([problemIn(foreign.location), foreign.headers.getSetCookie().some(line => line.startsWith('parley-session='))]).toEqual(['oidc_failed', false])
    const other = new Visitor()
    const started = await other.logInAt(provider, startAt(), 'olga')
    const mixed = new URL(started)
    mixed.searchParams.set('code', new URL(back).searchParams.get('code')!)
    expect(problemIn((await other.visit(mixed.href)).location)).toBe('oidc_failed')
    expect(await who(other.cookie(server.url))).toBeUndefined()

    const wrong = new URL(back)
    wrong.searchParams.set('state', 'other')
    expect(problemIn((await visitor.visit(wrong.href)).location)).toBe('oidc_failed')
    // The attempt is used up by that.
    expect(problemIn((await visitor.visit(back)).location)).toBe('oidc_failed')

    const third = new Visitor()
    const once = await third.logInAt(provider, startAt(), 'petra')
    expect((await third.visit(once)).location).toBe(`${server.url}/chat`)
    expect(problemIn((await third.visit(once)).location)).toBe('oidc_failed')
  })

  test('a disabled user does not come in, and has no password either', async () => {
    const visitor = new Visitor()
    await visitor.visit(await visitor.logInAt(provider, startAt(), 'dora'))
    const dora = (await who(visitor.cookie(server.url)))!
    for (const password of ['', 'dora']) expect((await stranger().call('POST', '/api/auth/login', { username: 'dora', password })).status).toBe(401)
    await admin.need('PATCH', `/api/admin/users/${dora.id}`, { disabled: true })
    const again = new Visitor()
    expect(problemIn((await again.visit(await again.logInAt(provider, startAt(), 'dora'))).location)).toBe('account_disabled')
  })

  test('that goes down later is told of on the log-in page', async () => {
    const visitor = new Visitor()
    const back = await visitor.logInAt(provider, startAt(), 'olga')
    provider.away(true)
    expect(problemIn((await visitor.visit(back)).location)).toMatch(/^oidc_(failed|unavailable)$/)
    provider.away(false)
  })
})

describe('[A8] where the provider is the only way', () => {
  test('nobody registers, only admins log in by a password, and newcomers need an account where that is set', async () => {
    const only = await startServer({ env: {
      NUXT_OIDC_ISSUER: provider.issuer, NUXT_OIDC_CLIENT_ID: provider.clientId, NUXT_OIDC_CLIENT_SECRET: provider.clientSecret, NUXT_OIDC_ONLY: 'true', NUXT_OIDC_CREATE: 'false',
    } })
    try {
      const first = new HttpClient(only.url)
      expect((await first.call<LoginWays>('GET', '/api/auth/ways')).body.password).toBe(true)
      await first.register('admin')
      const ways = (await first.call<LoginWays>('GET', '/api/auth/ways')).body
      expect(ways).toEqual({ password: false, oidc: { label: '127.0.0.1' }, guests: 'off' })
      const other = new HttpClient(only.url)
      expect((await other.call('POST', '/api/auth/register', { username: 'ben', password: goodPassword })).body.data?.code).toBe('registration_closed')
      const made = await first.need<NewUserResponse>('POST', '/api/admin/users', { username: 'ben' })
      await other.need('POST', `/api/reset/${made.reset.token}`, { password: goodPassword })
      expect((await other.call('POST', '/api/auth/login', { username: 'ben', password: goodPassword })).status).toBe(403)
      expect((await other.call('POST', '/api/auth/login', { username: 'admin', password: goodPassword })).status).toBe(200)
      provider.serve(only.url)
      const visitor = new Visitor()
      const back = await visitor.logInAt(provider, `${only.url}/api/auth/oidc/start`, 'nina')
      expect(problemIn((await visitor.visit(back)).location)).toBe('registration_closed')
    }
    finally {
      await only.dispose()
      provider.serve(server.url)
    }
  })
})

const hostToken = (change: JWTPayload = {}, secret = hostSecret) =>
  new SignJWT({ iss: issuer, aud: 'parley', sub: 'h-1', exp: Math.floor(Date.now() / 1000) + 120, name: 'Hanna', preferred_username: 'hanna', ...change })
    .setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret))

describe('[X10] [A10] tokens of a host application', () => {
  test('are exchanged for a log-in, or stand as Bearer, for a socket too', async () => {
    const client = stranger()
    const entered = await client.call<{ user: Account }>('POST', '/api/auth/host', { token: await hostToken() })
    expect([entered.status, entered.body.user.username]).toEqual([200, 'hanna'])
    const group = await client.group('Host')
    const socket = await connect(client)
    const bearer = { authorization: `Bearer ${await hostToken({ name: 'Hanna H.' })}`, cookie: '', origin: '' }
    const ticket = await stranger().call<{ token: string }>('POST', '/api/ws/ticket', undefined, bearer)
    expect(ticket.status).toBe(201)
    const direct = await connect(client, { token: ticket.body.token, origin: undefined })
    direct.send(sendText(group.id, 'by token'))
    expect(await direct.next('ack')).toMatchObject({ seq: 1 })
    expect(await socket.next('event')).toMatchObject({ event: { seq: 1 } })
    // The name that the second token says is everybody's by now.
    expect((await client.call<{ user: Account }>('GET', '/api/me')).body.user.displayName).toBe('Hanna H.')
    // A token of somebody else's making makes no tokens, and does not end the account.
    expect((await stranger().call('POST', '/api/me/tokens', { name: 'x' }, bearer)).status).toBe(403)
    await Promise.all([socket.close(), direct.close()])
  })

  test('a page of the host application posts a form; one of a stranger is refused', async () => {
    const post = async (origin: string) => fetch(`${server.url}/api/auth/host`, {
      method: 'POST', redirect: 'manual', headers: { origin }, body: new URLSearchParams({ token: await hostToken(), next: '/chat' }),
    })
    const entered = await post(hostOrigin)
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/chat'])
    expect(entered.headers.getSetCookie().join()).toMatch(/parley-session=.*HttpOnly/)
    const refused = await post('https://evil.example')
    expect([refused.status, refused.headers.getSetCookie()]).toEqual([403, []])
  })

  test.each([
    ['alg none', async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await hostToken()).split('.')[1]}.`],
    ['another secret', () => hostToken({}, 'another secret of somebody else that is long enough')],
    ['another audience', () => hostToken({ aud: 'other' })],
    ['another issuer', () => hostToken({ iss: 'https://evil.example' })],
    ['expired', () => hostToken({ exp: Math.floor(Date.now() / 1000) - 90 })],
    ['without an end', () => hostToken({ exp: undefined })],
  ])('%s: neither a log-in nor a ticket', async (_name, make) => {
    const token = await make()
    expect((await stranger().call('POST', '/api/auth/host', { token })).body.data?.code).toBe('bad_token')
    expect((await stranger().call('POST', '/api/ws/ticket', undefined, { authorization: `Bearer ${token}`, origin: '' })).status).toBe(401)
    expect(server.logs()).not.toContain(token)
  })
})

describe('[A9] guests', () => {
  test('who has no password ends the account by its user name', async () => {
    const guest = stranger()
    const { user: { username } } = await guest.need<{ user: Account }>('POST', '/api/auth/guest', { displayName: 'Gone soon' })
    expect(await guest.need('GET', '/api/me/security')).toMatchObject({ hasPassword: false })
    const end = (words: string) => guest.call('POST', '/api/me/deletion', { password: words, messages: 'erase' })
    expect([(await end('')).status, (await end('admin')).status, (await end(` ${username.toUpperCase()} `)).status]).toEqual([403, 403, 204])
    expect((await guest.call('GET', '/api/me')).status).toBe(401)
    expect((await admin.call('POST', '/api/me/deletion', { password: 'admin', messages: 'keep' })).status).toBe(403)
  })

  test('come in by a name, join what is public, speak to whom they met, and run nothing', async () => {
    const open = await admin.group('Lobby')
    await admin.need('PATCH', `/api/conversations/${open.id}`, { public: true })
    const ben = await newUser(server.url, 'ben')
    const gus = stranger()
    const entered = await gus.call<{ user: Account }>('POST', '/api/auth/guest', { displayName: 'Gus' })
    expect([entered.status, entered.body.user]).toMatchObject([201, { displayName: 'Gus', guest: true }])
    await gus.need('POST', `/api/conversations/${open.id}/join`)
    await gus.need('POST', `/api/conversations/${open.id}/messages`, { cid: newCid(), content: { type: 'text', text: 'hello' } })
    expect((await admin.need<{ users: Account[] }>('GET', `/api/users?ids=${entered.body.user.id}`)).users[0]?.guest).toBe(true)
    // Whom they share no conversation with they neither find nor reach.
    expect((await gus.need<{ users: Account[] }>('GET', '/api/users?q=')).users.map(({ displayName }) => displayName)).toEqual(['admin', 'Gus'])
    expect((await gus.call('POST', '/api/conversations', { kind: 'direct', user: ben.account.id })).status).toBe(404)
    expect((await gus.call('POST', '/api/conversations', { kind: 'direct', user: admin.account.id })).status).toBe(201)
    for (const [method, path, body] of [
      ['POST', '/api/conversations', { kind: 'group', title: 'mine' }], ['PATCH', `/api/conversations/${open.id}`, { title: 'x' }], ['POST', `/api/conversations/${open.id}/invites`, {}],
      ['POST', '/api/me/tokens', { name: 'x' }], ['GET', '/api/admin/users', undefined],
    ] as const) expect([path, (await gus.call(method, path, body)).status]).toEqual([path, 403])
    await gus.need('DELETE', `/api/conversations/${open.id}/members/${entered.body.user.id}`)
    await gus.need('POST', `/api/conversations/${open.id}/join`)

    const kept = await gus.need<{ user: Account }>('POST', '/api/me/account', { username: 'gus', password: goodPassword })
    expect(kept.user).toMatchObject({ id: entered.body.user.id, username: 'gus', displayName: 'Gus' })
    expect(kept.user.guest).toBeUndefined()
    expect((await stranger().call('POST', '/api/auth/login', { username: 'gus', password: goodPassword })).status).toBe(200)
    expect((await gus.call('POST', '/api/me/account', { username: 'gus2', password: goodPassword })).status).toBe(403)
    await gus.group('mine')
  })
})

describe('[A7] tokens with scopes', () => {
  test('each reaches its calls and no others, over HTTP and over a socket', async () => {
    const group = await admin.group('Scopes')
    const bearerOf = async (scopes: readonly string[] | undefined) => {
      const made = await admin.need<NewApiTokenResponse>('POST', '/api/me/tokens', { name: String(scopes), ...(scopes ? { scopes } : {}) })
      expect(made.scopes).toEqual(scopes)
      return { authorization: `Bearer ${made.token}`, cookie: '', origin: '' }
    }
    const calls = {
      read: ['GET', `/api/conversations/${group.id}/messages`, undefined],
      ticket: ['POST', '/api/ws/ticket', undefined],
      write: ['POST', `/api/conversations/${group.id}/messages`, { cid: newCid(), content: { type: 'text', text: 'by a bot' } }],
      manage: ['PATCH', `/api/conversations/${group.id}`, { topic: 'bots' }],
      make: ['POST', '/api/conversations', { kind: 'group', title: 'by a bot' }],
      profile: ['PATCH', '/api/me', { displayName: 'Admin' }],
      admin: ['GET', '/api/admin/policies', undefined],
      account: ['GET', '/api/me/connections', undefined],
    } as const
    const reached = async (scopes: readonly string[] | undefined) => {
      const headers = await bearerOf(scopes)
      const names: string[] = []
      for (const [name, [method, path, body]] of Object.entries(calls)) {
        const answer = await stranger().call(method, path, body, headers)
        if (answer.status < 300) names.push(name)
        else expect([answer.status, answer.body.data?.code]).toEqual([403, 'scope_missing'])
      }
      return names
    }
    expect(await reached(['read'])).toEqual(['read', 'ticket'])
    expect(await reached(['write'])).toEqual(['write'])
    expect(await reached(['manage'])).toEqual(['manage', 'profile'])
    expect(await reached(['write', 'manage'])).toEqual(['write', 'manage', 'make', 'profile'])
    expect(await reached(['admin'])).toEqual(['admin'])
    expect(await reached(undefined)).toEqual(Object.keys(calls))
    expect((await admin.call('POST', '/api/me/tokens', { name: 'x', scopes: [] })).status).toBe(400)
    expect((await admin.call('POST', '/api/me/tokens', { name: 'x', scopes: ['root'] })).status).toBe(400)

    const ticket = await stranger().call<{ token: string }>('POST', '/api/ws/ticket', undefined, await bearerOf(['read']))
    const listener = await connect(admin, { token: ticket.body.token, origin: undefined })
    listener.send(sendText(group.id, 'not by this one'))
    expect(await listener.next('reject')).toMatchObject({ code: 'forbidden' })
    await admin.need('POST', `/api/conversations/${group.id}/messages`, { cid: newCid(), content: { type: 'text', text: 'heard' } })
    expect(await listener.next('event')).toMatchObject({ event: { content: { text: 'heard' } } })
    await listener.close()
  })
})
