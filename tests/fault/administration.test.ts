import { globSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { AdminConversationsResponse, AdminUsersResponse, AuditLine, NewUserResponse, OwnReportResponse, PasswordReset, RegistrationState, ReportsResponse, ServerPolicies, StorageUse } from '#parley/shared/administration.ts'
import { projectRoot } from '#parley/tests/helpers/build.ts'
import { goodPassword, HttpClient, newUser } from '#parley/tests/helpers/http-client.ts'
import { newCid } from '#parley/tests/helpers/op-frames.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** The administration over HTTP, on the built server (PROTOCOL 11). */

let server: ServerProcess
let admin: Awaited<ReturnType<typeof newUser>>
let ann: Awaited<ReturnType<typeof newUser>>
let ben: Awaited<ReturnType<typeof newUser>>

beforeAll(async () => {
  server = await startServer()
  admin = await newUser(server.url, 'admin')
  ann = await newUser(server.url, 'ann')
  ben = await newUser(server.url, 'ben')
})
afterAll(() => server.dispose())

const code = (answer: { status: number, body: { data?: { code: string } } }) => [answer.status, answer.body.data?.code]
const say = (client: typeof ann, conversation: string, text: string) => client.call<{ seq: number, data?: { code: string } }>('POST', `/api/conversations/${conversation}/messages`, { cid: newCid(), content: { type: 'text', text } })
const lines = async (query = '') => (await admin.need<{ lines: AuditLine[] }>('GET', `/api/admin/audit?${query}`)).lines
const policies = (change: Partial<ServerPolicies>) => admin.need<ServerPolicies>('PATCH', '/api/admin/policies', {
  recallMinutes: null, editMinutes: null, filter: { words: [], action: 'refuse' }, retention: { direct: null, group: null, channel: null, files: null }, orphanHours: 24, ...change,
})

describe('who may administer', () => {
  /** Every call there is, by its file: none can be forgotten here. */
  const calls = globSync('server/api/admin/**/*.ts', { cwd: projectRoot }).map((file) => {
    const [, path = '', method = ''] = /^server\/api(\/admin\/.*?)(?:\/index)?\.(get|post|patch|put|delete)\.ts$/.exec(file) ?? []
    return [method.toUpperCase(), `/api${path.replace(/\[\w+\]/g, 'x')}`] as const
  })

  test('[X11] every call: 401 without a login and for the disabled, for others the answer of a call that does not exist', async () => {
    expect(calls.length).toBeGreaterThanOrEqual(20)
    const disabled = await newUser(server.url, 'was-here')
    await admin.need('PATCH', `/api/admin/users/${disabled.account.id}`, { disabled: true })
    const none = (await ann.call('GET', '/api/nope')).body
    for (const [method, path] of calls) {
      const body = method === 'GET' ? undefined : {}
      expect({ path, status: (await new HttpClient(server.url).call(method, path, body)).status }).toEqual({ path, status: 401 })
      expect({ path, status: (await disabled.call(method, path, body)).status }).toEqual({ path, status: 401 })
      const answer = await ann.call(method, path, body)
      expect({ path, status: answer.status, body: answer.body }).toEqual({ path, status: 404, body: none })
      // Not by the client: one of them is no JSON.
      const own = await fetch(server.url + path, { method, headers: { 'cookie': admin.cookie, 'origin': server.url, 'content-type': 'application/json' }, ...(body ? { body: '{}' } : {}) })
      expect({ path, refused: own.status === 401 || (own.status === 404 && !path.includes('/x') && await own.text() === JSON.stringify(none)) }).toEqual({ path, refused: false })
    }
  }, 60_000)

  test('the page does not exist for others', async () => {
    const page = async (client: HttpClient, path: string) => (await fetch(`${server.url}${path}`, { headers: { cookie: client.cookie, accept: 'text/html' }, redirect: 'manual' })).status
    expect([await page(ann, '/nope'), await page(ann, '/admin'), await page(ann, '/admin/users')]).toEqual([404, 404, 404])
    expect([await page(admin, '/admin'), await page(admin, '/admin/users'), await page(new HttpClient(server.url), '/admin')]).toEqual([200, 200, 302])
  })
})

describe('users', () => {
  test('made with a link, which sets the password once and ends all log-ins; found, promoted, disabled', async () => {
    const { user, reset } = await admin.need<NewUserResponse>('POST', '/api/admin/users', { username: 'eve', displayName: 'Eve' })
    const guest = new HttpClient(server.url)
    expect(await guest.need('GET', `/api/reset/${reset.token}`)).toMatchObject({ username: 'eve', displayName: 'Eve' })
    expect(code(await guest.call('POST', `/api/reset/${reset.token}`, { password: 'short' }))).toEqual([422, 'password_weak'])
    expect((await guest.call('POST', `/api/reset/${reset.token}`, { password: goodPassword })).status).toBe(204)
    expect(code(await guest.call('POST', `/api/reset/${reset.token}`, { password: goodPassword }))).toEqual([404, 'not_found'])
    expect((await guest.call('POST', '/api/auth/login', { username: 'eve', password: goodPassword })).status).toBe(200)
    const again = await admin.need<PasswordReset>('POST', `/api/admin/users/${user.id}/reset`)
    expect((await new HttpClient(server.url).call('POST', `/api/reset/${again.token}`, { password: 'roses in december' })).status).toBe(204)
    expect((await guest.call('GET', '/api/me')).status).toBe(401)
    const { users } = await admin.need<AdminUsersResponse>('GET', '/api/admin/users?q=EVE')
    expect(users).toMatchObject([{ id: user.id, username: 'eve', role: 'member', disabled: false, sessions: 0 }])
    expect(code(await admin.call('PATCH', `/api/admin/users/${admin.account.id}`, { role: 'member' }))).toEqual([403, 'forbidden'])
    expect(code(await admin.call('POST', '/api/admin/users', { username: 'eve' }))).toEqual([409, 'username_taken'])
    expect(JSON.stringify(await lines())).not.toContain(reset.token)
    expect(server.logs()).not.toContain(reset.token)
  })
})

describe('registration', () => {
  test('is changed while the server runs, outlives a restart, and goes back to the setting of the start', async () => {
    const own = await startServer()
    onTestFinished(() => own.dispose())
    const root = await newUser(own.url, 'root')
    expect(await root.need<RegistrationState>('PATCH', '/api/admin/registration', { mode: 'closed' })).toEqual({ mode: 'closed', atStart: 'open', chosen: 'closed' })
    const register = () => new HttpClient(own.url).call('POST', '/api/auth/register', { username: `late-${newCid().slice(0, 8)}`, password: goodPassword })
    expect(code(await register())).toEqual([403, 'registration_closed'])
    expect(await root.need<RegistrationState>('PATCH', '/api/admin/registration', { mode: null })).toEqual({ mode: 'open', atStart: 'open' })
    expect((await register()).status).toBe(201)
  })
})

describe('policies', () => {
  test('a filter refuses and masks at once, limits are told and held, and what does not fit is refused', async () => {
    const { id } = await ann.group('filtered')
    await policies({ filter: { words: ['赌博'], action: 'refuse' } })
    expect(code(await say(ann, id, '来赌博'))).toEqual([422, 'filtered'])
    await policies({ filter: { words: ['赌博'], action: 'mask' } })
    expect((await say(ann, id, '来赌博')).status).toBe(201)
    expect(JSON.stringify((await ann.call('GET', `/api/conversations/${id}/messages`)).body)).toContain('来**')
    await policies({})
    expect((await say(ann, id, '赌博')).status).toBe(201)
    expect(code(await admin.call('PATCH', '/api/admin/policies', { recallMinutes: 0 }))).toEqual([400, 'bad_request'])
  })
})

describe('moderation', () => {
  test('a report keeps what was said; admins act on it, the reporter learns only that it was reviewed', async () => {
    const { id } = await ann.group('market', [ben.account.id])
    const { seq } = (await say(ben, id, 'buy my watch')).body
    const path = `/api/conversations/${id}/messages/${seq}/report`
    expect((await ann.call('POST', path, { reason: 'spam', note: 'again' })).status).toBe(201)
    expect(code(await admin.call('POST', path, { reason: 'spam' }))).toEqual([404, 'not_found'])
    expect(await ann.need<OwnReportResponse>('GET', path)).toMatchObject({ report: { seq, reviewed: false } })
    const { reports } = await admin.need<ReportsResponse>('GET', '/api/admin/reports?state=open')
    expect(reports).toMatchObject([{ conversation: id, title: 'market', seq, reporter: { username: 'ann' }, author: { username: 'ben' }, reason: 'spam', note: 'again', copy: { text: 'buy my watch' } }])
    await admin.need('PATCH', `/api/admin/reports/${reports[0]!.id}`, { state: 'resolved', acts: ['delete', 'ban'] })
    expect(await ann.need<OwnReportResponse>('GET', path)).toMatchObject({ report: { reviewed: true } })
    expect((await ben.call('GET', `/api/conversations/${id}`)).status).toBe(404)
    expect(await ann.need('GET', `/api/conversations/${id}/bans`)).toMatchObject({ bans: [{ user: { username: 'ben' } }] })
    expect(code(await ben.call('GET', `/api/conversations/${id}/bans`))).toEqual([404, 'not_found'])
    expect((await ann.call('DELETE', `/api/conversations/${id}/bans/${ben.account.id}`)).status).toBe(204)
    expect(JSON.stringify(await lines())).not.toContain('buy my watch')
  })

  test('a mute holds until it is lifted', async () => {
    const { id } = await ann.group('quiet', [ben.account.id])
    const path = `/api/conversations/${id}/members/${ben.account.id}/mute`
    expect(code(await ben.call('POST', path, { duration: 600_000 }))).toEqual([403, 'forbidden'])
    expect((await ann.call('POST', path, { duration: 600_000, reason: 'calm' })).status).toBe(204)
    expect(code(await say(ben, id, 'but'))).toEqual([403, 'forbidden'])
    expect((await ann.call('DELETE', path)).status).toBe(204)
    expect((await say(ben, id, 'thanks')).status).toBe(201)
  })
})

describe('conversations and storage', () => {
  test('listed without content, deleted for good by title, and what is stored is told', async () => {
    const { id } = await ann.group('doomed', [ben.account.id])
    await say(ann, id, 'a secret')
    const listed = await admin.need<AdminConversationsResponse>('GET', '/api/admin/conversations?q=doomed')
    expect(listed.conversations).toMatchObject([{ id, title: 'doomed', members: 2, messages: 1 }])
    expect(JSON.stringify(listed)).not.toContain('a secret')
    expect(code(await admin.call('POST', `/api/admin/conversations/${id}/delete`, { confirm: 'dooomed' }))).toEqual([422, 'bad_target'])
    expect((await admin.call('POST', `/api/admin/conversations/${id}/delete`, { confirm: 'doomed' })).status).toBe(204)
    expect((await ann.call('GET', `/api/conversations/${id}`)).status).toBe(404)
    const use = await admin.need<StorageUse>('GET', '/api/admin/storage')
    expect(use.database.bytes).toBeGreaterThan(0)
    expect(use.conversations.map(place => place.id)).not.toContain(id)
    expect(await admin.need('POST', '/api/admin/storage/free')).toEqual({ files: expect.any(Number) })
  })

  test('the audit log is filtered, and taken out as JSON Lines', async () => {
    const [line] = await lines('act=conversation.delete')
    expect(line).toMatchObject({ act: 'conversation.delete', name: 'doomed', actor: { username: 'admin' }, address: expect.any(String) })
    const answer = await fetch(`${server.url}/api/admin/audit/export`, { headers: { cookie: admin.cookie } })
    expect(answer.headers.get('content-type')).toContain('application/jsonl')
    const exported = (await answer.text()).trimEnd().split('\n').map(text => JSON.parse(text) as AuditLine)
    expect(exported[0]).toMatchObject({ act: 'audit.export' })
    expect(exported.map(({ num }) => num)).toEqual(exported.map((_, index) => exported.length - index))
  })
})
