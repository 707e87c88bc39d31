import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { ConversationResponse, InvitePreviewResponse, InvitesResponse, NewInviteResponse, OpenConversationsResponse } from '#parley/shared/http.ts'
import { goodPassword, HttpClient, newUser } from '#parley/tests/helpers/http-client.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** Invites and public conversations over HTTP, on the built server (PROTOCOL 11). */

type Client = Awaited<ReturnType<typeof newUser>>

let server: ServerProcess
let admin: Client
let ann: Client
let ben: Client

beforeAll(async () => {
  server = await startServer()
  admin = await newUser(server.url, 'admin')
  ann = await newUser(server.url, 'ann')
  ben = await newUser(server.url, 'ben')
})
afterAll(() => server.dispose())

const invited = (client: Client, id: string, terms: object = {}) => client.need<NewInviteResponse>('POST', `/api/conversations/${id}/invites`, terms)
const code = (answer: { status: number, body: { data?: { code: string } } }) => [answer.status, answer.body.data?.code]

describe('invites to a conversation', () => {
  test('made, looked at without a login, accepted, counted, listed without their token, revoked', async () => {
    const { id } = await ann.group('secret garden')
    const { token, invite } = await invited(ann, id, { expiresIn: 3_600_000, maxUses: 5 })
    const guest = new HttpClient(server.url)
    const preview = await guest.need<InvitePreviewResponse>('GET', `/api/invites/${token}`)
    expect(preview).toEqual({ registers: false, expiresAt: invite.expiresAt, conversation: { id, kind: 'group', title: 'secret garden', memberCount: 1, member: false } })
    expect(code(await guest.call('POST', `/api/invites/${token}/accept`))).toEqual([401, 'unauthenticated'])
    expect((await ben.need<ConversationResponse>('POST', `/api/invites/${token}/accept`)).conversation).toMatchObject({ id, role: 'member', memberCount: 2 })
    await ben.need('POST', `/api/invites/${token}/accept`)
    expect((await ben.need<InvitePreviewResponse>('GET', `/api/invites/${token}`)).conversation?.member).toBe(true)
    const listed = await ann.call<InvitesResponse>('GET', `/api/conversations/${id}/invites`)
    expect(listed.body.invites).toEqual([{ ...invite, uses: 1 }])
    expect(JSON.stringify(listed.body)).not.toContain(token)
    expect(code(await ben.call('GET', `/api/conversations/${id}/invites`))).toEqual([403, 'forbidden'])
    expect(code(await ben.call('DELETE', `/api/conversations/${id}/invites/${invite.id}`))).toEqual([403, 'forbidden'])
    expect((await ann.call('DELETE', `/api/conversations/${id}/invites/${invite.id}`)).status).toBe(204)
    expect((await ann.call('DELETE', `/api/conversations/${id}/invites/${invite.id}`)).status).toBe(404)
  })

  test('[S8] unknown, revoked, used up and malformed ones have one answer, and so has another’s conversation', async () => {
    const { id } = await ann.group('quiet room')
    const revoked = await invited(ann, id)
    await ann.need('DELETE', `/api/conversations/${id}/invites/${revoked.invite.id}`)
    const once = await invited(ann, id, { maxUses: 1 })
    await ben.need('POST', `/api/invites/${once.token}/accept`)
    const answers = await Promise.all([revoked.token, once.token, 'x'.repeat(32), '%20', 'a'].map(token => admin.call('GET', `/api/invites/${token}`)))
    expect(new Set(answers.map(answer => JSON.stringify([answer.status, answer.body])))).toEqual(new Set([JSON.stringify([404, { statusCode: 404, message: 'this invite does not count', data: { code: 'not_found' } }])]))
    expect(code(await admin.call('POST', `/api/invites/${once.token}/accept`))).toEqual([404, 'not_found'])
    expect(code(await admin.call('POST', `/api/conversations/${id}/invites`, {}))).toEqual([404, 'not_found'])
    expect(code(await ben.call('POST', `/api/conversations/${id}/invites`, {}))).toEqual([403, 'forbidden'])
  })

  test('two people take the last use at once: one comes in', async () => {
    const { id } = await ann.group('one seat')
    const { token } = await invited(ann, id, { maxUses: 1 })
    const [first, second] = [await newUser(server.url, 'first.one'), await newUser(server.url, 'second.one')]
    const answers = await Promise.all([first, second].map(client => client.call('POST', `/api/invites/${token}/accept`)))
    expect(answers.map(answer => answer.status).toSorted()).toEqual([200, 404])
  })

  test.each([{ expiresIn: 1 }, { expiresIn: 1e15 }, { maxUses: 0 }, { maxUses: 1.5 }, { registers: 'yes' }])('terms %j are refused', async (terms) => {
    const { id } = await ann.group('terms')
    expect(code(await ann.call('POST', `/api/conversations/${id}/invites`, terms))).toEqual([400, 'bad_request'])
  })

  test('only admins of the server let people register', async () => {
    const { id } = await ann.group('not hers to give')
    expect(code(await ann.call('POST', `/api/conversations/${id}/invites`, { registers: true }))).toEqual([403, 'forbidden'])
    expect(code(await ann.call('POST', '/api/admin/invites', {}))).toEqual([404, 'not_found'])
    expect(code(await ann.call('GET', '/api/admin/invites'))).toEqual([404, 'not_found'])
  })

  test('who tries tokens is slowed down', async () => {
    const answers = await Promise.all(Array.from({ length: 80 }, () => ben.call('GET', '/api/invites/nonsense', undefined, { 'x-forwarded-for': '198.51.100.20' })))
    const limited = answers.filter(answer => answer.status === 429)
    expect(limited.length).toBeGreaterThan(10)
    expect(Number(limited[0]!.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

describe('where registration is by invite', () => {
  test('[§11] an invite lets one person register and then join by the same one; two at once, one gets it', async () => {
    const own = await startServer({ env: { NUXT_REGISTRATION: 'invite' } })
    onTestFinished(() => own.dispose())
    const root = await newUser(own.url, 'root')
    const { id } = await root.group('newcomers')
    const { token } = await invited(root, id, { registers: true, maxUses: 1 })
    const register = (username: string, invite?: string) => {
      const client = new HttpClient(own.url)
      return client.call('POST', '/api/auth/register', { username, password: goodPassword, ...(invite === undefined ? {} : { invite }) }).then(answer => ({ client, answer }))
    }
    expect(code((await register('nobody')).answer)).toEqual([403, 'invite_required'])
    expect(code((await register('nobody', 'made up')).answer)).toEqual([403, 'invite_required'])
    const both = await Promise.all(['eve', 'fay'].map(name => register(name, token)))
    expect(both.map(({ answer }) => answer.status).toSorted()).toEqual([201, 403])
    const winner = both.find(({ answer }) => answer.status === 201)!.client
    expect((await winner.need<ConversationResponse>('POST', `/api/invites/${token}/accept`)).conversation.id).toBe(id)
    const server = await root.need<NewInviteResponse>('POST', '/api/admin/invites', { maxUses: 2 })
    expect(await new HttpClient(own.url).need('GET', `/api/invites/${server.token}`)).toEqual({ registers: true })
    expect((await register('gus', server.token)).answer.status).toBe(201)
    expect((await root.need<InvitesResponse>('GET', '/api/admin/invites')).invites).toEqual([{ ...server.invite, uses: 1 }])
    expect((await root.call('DELETE', `/api/admin/invites/${server.invite.id}`)).status).toBe(204)
    expect(code((await register('hal', server.token)).answer)).toEqual([403, 'invite_required'])
  })
})

describe('public conversations', () => {
  test('found and joined by anyone once its owner says so', async () => {
    const { id } = await ann.group('Book club')
    const found = async () => (await ben.need<OpenConversationsResponse>('GET', '/api/conversations/public?q=BOOK')).conversations
    expect(await found()).toEqual([])
    expect((await ben.call('POST', `/api/conversations/${id}/join`)).status).toBe(404)
    await ann.need('PATCH', `/api/conversations/${id}`, { public: true })
    expect(await found()).toEqual([{ id, kind: 'group', title: 'Book club', memberCount: 1, member: false }])
    expect((await ben.need<ConversationResponse>('POST', `/api/conversations/${id}/join`)).conversation).toMatchObject({ id, role: 'member', public: true })
    expect(await found()).toMatchObject([{ memberCount: 2, member: true }])
  })
})
