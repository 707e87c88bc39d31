import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerFaults } from '#parley/tests/helpers/described-answers.ts'
import { goodPassword, newUser } from '#parley/tests/helpers/http-client.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** Answers of the built server against docs/openapi.json. */

type User = Awaited<ReturnType<typeof newUser>>
let server: ServerProcess
let admin: User, ann: User
beforeAll(async () => {
  server = await startServer({ env: { NUXT_RATE_LIMIT: '0' } })
  admin = await newUser(server.url, 'root')
  ann = await newUser(server.url, 'ann')
})
afterAll(() => server.dispose())

/** Calls, and notes where an answer is not as described. */
function guide(user: User) {
  const faults: string[] = []
  const go = async <T = { [field: string]: never }>(method: string, path: string, body?: unknown): Promise<T> => {
    const { status, body: answer } = await user.call<T>(method, path, body)
    faults.push(...answerFaults(method, path, status, answer))
    return answer
  }
  return { faults, go }
}

const message = (text: string) => ({ cid: crypto.randomUUID(), content: { type: 'text', text } })

test('a tour of conversations, messages, people and webhooks is answered as described', async () => {
  const { faults, go } = guide(ann)
  const { conversation: { id } } = await go<{ conversation: { id: string } }>('POST', '/api/conversations', { kind: 'group', title: 'Garden', members: [admin.account.id] })
  const at = `/api/conversations/${id}`
  await go('POST', '/api/conversations', { kind: 'direct', user: admin.account.id })
  await go('POST', `${at}/messages`, message('hello @root https://example.org'))
  await go('POST', `${at}/messages`, { ...message('an answer'), replyTo: 1 })
  await admin.need('POST', `${at}/messages`, message('mine'))
  await go('POST', `${at}/pins`, { seq: 1 })
  for (const path of ['', '/members', '/messages', '/messages?after=1&limit=1', '/messages/at?time=5', '/messages/1/receipts', '/messages/3/report', '/pins', '/invites', '/bans', '/hooks']) await go('GET', `${at}${path}`)
  await go('POST', `${at}/messages/3/report`, { reason: 'other', note: 'look' })
  await go('GET', `${at}/messages/3/report`)
  await go('PATCH', at, { topic: 'plants', public: true })
  await go('PATCH', `${at}/me`, { pinned: true, unreadFrom: 1 })
  const { token: invite, invite: made } = await go<{ token: string, invite: { id: string } }>('POST', `${at}/invites`, { maxUses: 3 })
  await go('GET', `/api/invites/${invite}`)
  await go('POST', `/api/invites/${invite}/accept`)
  await go('DELETE', `${at}/invites/${made.id}`)
  const { token, hook } = await go<{ token: string, hook: { id: string } }>('POST', `${at}/hooks`, { name: 'Monitoring' })
  const cid = crypto.randomUUID()
  for (const body of [{ text: 'up', cid }, { text: 'up', cid }, { text: 'down', cid }, { text: '' }, { name: 'no text' }]) await go('POST', `/api/hooks/${token}`, body)
  await go('GET', `${at}/messages`)
  await go('GET', `${at}/hooks`)
  await go('DELETE', `${at}/hooks/${hook.id}`)
  await go('POST', `/api/hooks/${token}`, { text: 'too late' })
  for (const path of ['/api/me', '/api/me/blocks', '/api/me/connections', '/api/me/notifications', '/api/me/push', '/api/me/tokens', '/api/users?q=ro', '/api/conversations', '/api/conversations/public', '/api/search?q=hello', '/api/attachments', '/api/push/key', '/api/health', '/api/ready', '/api/openapi.json']) await go('GET', path)
  await go('PATCH', '/api/me', { status: { emoji: '🌱', text: 'outside' }, hides: { reads: true } })
  await go('POST', '/api/me/blocks', { user: admin.account.id })
  const { id: bot } = await go<{ id: string }>('POST', '/api/me/tokens', { name: 'bot' })
  await go('GET', '/api/me/tokens')
  await go('DELETE', `/api/me/tokens/${bot}`)
  await go('POST', '/api/ws/ticket')
  await go('GET', '/api/conversations/nowhere')
  await go('POST', '/api/conversations', { kind: 'group' })
  await go('DELETE', at)
  await go('POST', '/api/auth/login', { username: 'ann', password: goodPassword })
  expect(faults).toEqual([])
})

test('a tour of the administration is answered as described', async () => {
  const { faults, go } = guide(admin)
  for (const path of ['users', 'users?only=admin', 'registration', 'policies', 'conversations', 'reports', 'storage', 'invites']) await go('GET', `/api/admin/${path}`)
  await go('POST', '/api/admin/users', { username: 'ben' })
  await go('PATCH', `/api/admin/users/${ann.account.id}`, { disabled: true })
  await go('POST', '/api/admin/invites', {})
  await go('PATCH', '/api/admin/registration', { mode: 'invite' })
  await go('GET', '/api/admin/audit')
  await go('PATCH', `/api/admin/users/${ann.account.id}`, { disabled: false })
  const others = guide(ann)
  await others.go('GET', '/api/admin/users')
  expect([...faults, ...others.faults]).toEqual([])
})
