import { statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HttpClient, newUser } from '#parley/tests/helpers/http-client.ts'
import { openPushEndpoint } from '#parley/tests/helpers/push-endpoint.ts'
import type { PushEndpoint } from '#parley/tests/helpers/push-endpoint.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** Web push of the built server: its calls, who may make them, and a message that arrives. */

let server: ServerProcess
let service: PushEndpoint
let ann: Awaited<ReturnType<typeof newUser>>
let ben: Awaited<ReturnType<typeof newUser>>

beforeAll(async () => {
  [service, server] = await Promise.all([openPushEndpoint(), startServer({ env: { NUXT_PUSH_LOOPBACK: 'true', NUXT_VAPID_SUBJECT: 'mailto:ann@example.org' } })])
  ann = await newUser(server.url, 'ann')
  ben = await newUser(server.url, 'ben')
})
afterAll(async () => {
  await server.dispose()
  await service.close()
})

const say = (from: HttpClient, conversation: string, text: string) => from.need('POST', `/api/conversations/${conversation}/messages`, { cid: crypto.randomUUID(), content: { type: 'text', text } })
const devices = async (of: HttpClient) => (await of.need<{ devices: { id: string, current: boolean, userAgent: string }[] }>('GET', '/api/me/push')).devices

describe('a push', () => {
  test('[U-N3] reaches the browser of who is away, signed by the key that the server gives out, and keeps to their settings', async () => {
    const { key } = await ben.need<{ key: string }>('GET', '/api/push/key')
    await ben.need('POST', '/api/me/push', service.subscribe('ben'))
    const { id } = await ann.group('Team', [ben.account.id])
    await say(ann, id, 'come back')
    const [push] = await service.until(1)
    expect(push).toMatchObject({ vapidKey: key, vapid: { sub: 'mailto:ann@example.org' }, payload: { account: ben.account.id, conversation: id, title: 'Team', sender: 'ann', text: 'come back', count: 1 } })
    await ben.need('PATCH', '/api/me/notifications', { hideText: true })
    await say(ann, id, 'secret')
    expect((await service.until(2))[1]!.payload).not.toHaveProperty('text')
    expect(server.logs()).not.toMatch(/secret|come back|\/ben\b/)
  })

  test('[A5] comes no more after the log-out of its browser', async () => {
    const cat = await newUser(server.url, 'cat')
    await cat.need('POST', '/api/me/push', service.subscribe('cat'))
    expect(await devices(cat)).toMatchObject([{ current: true }])
    await cat.need('POST', '/api/auth/logout')
    await cat.need('POST', '/api/auth/login', { username: 'cat', password: 'tulips in november' })
    expect(await devices(cat)).toEqual([])
  })
})

describe('the calls of push', () => {
  test('[A3] are for those who are logged in, by their own browser, and not for tokens', async () => {
    const stranger = new HttpClient(server.url)
    for (const [method, path] of [['GET', '/api/me/push'], ['POST', '/api/me/push'], ['GET', '/api/me/notifications'], ['PATCH', '/api/me/notifications']] as const) {
      expect({ path, status: (await stranger.call(method, path, method === 'GET' ? undefined : {})).status }).toEqual({ path, status: 401 })
    }
    expect((await ben.call('POST', '/api/me/push', service.subscribe('foreign'), { origin: 'https://evil.example' })).status).toBe(403)
    const { token } = await ben.need<{ token: string }>('POST', '/api/me/tokens', { name: 'bot' })
    expect((await stranger.call('POST', '/api/me/push', service.subscribe('bot'), { authorization: `Bearer ${token}` })).status).toBe(403)
  })

  test('nobody removes the browser of another, and endpoints are told to nobody', async () => {
    const [own] = await devices(ben)
    expect((await ann.call('DELETE', `/api/me/push/${own!.id}`)).status).toBe(404)
    expect(JSON.stringify(await devices(ben))).not.toContain(service.origin)
    expect((await ben.call('DELETE', `/api/me/push/${own!.id}`)).status).toBe(204)
    expect(await devices(ben)).toEqual([])
  })

  test.each([
    ['an inner address', { endpoint: 'https://169.254.169.254/latest' }, 422],
    ['http', { endpoint: 'http://push.example/x' }, 422],
    ['no keys', { keys: {} }, 400],
    ['a key that is none', { keys: { p256dh: 'AAAA', auth: 'AAAA' } }, 422],
  ])('a subscription with %s is refused', async (_what, change, status) => {
    expect((await ben.call('POST', '/api/me/push', { ...service.subscribe('odd'), ...change })).status).toBe(status)
  })

  test.each([
    { quiet: { from: 0, to: 1_440, zone: 'UTC' } }, { quiet: { from: 0, to: 1, zone: 'Mars/Olympus' } }, { hideText: 'yes' }, { pausedUntil: -1 },
  ])('settings that cannot be are refused: %j', async (change) => {
    expect((await ben.call('PATCH', '/api/me/notifications', change)).status).toBe(400)
  })

  test('settings change one by one, and null takes one away', async () => {
    const quiet = { from: 1_320, to: 420, zone: 'Asia/Shanghai' }
    await ann.need('PATCH', '/api/me/notifications', { quiet })
    expect(await ann.need('PATCH', '/api/me/notifications', { hideText: true, pausedUntil: 5 })).toEqual({ settings: { hideText: true, quiet, pausedUntil: 5 } })
    expect(await ann.need('PATCH', '/api/me/notifications', { quiet: null, pausedUntil: null })).toEqual({ settings: { hideText: true } })
    expect(await ann.need('GET', '/api/me/notifications')).toEqual({ settings: { hideText: true } })
  })
})

test('the key outlives the server, and is its owner\'s alone', async () => {
  const { key } = await ann.need<{ key: string }>('GET', '/api/push/key')
  expect(statSync(join(server.dataDir, 'vapid-private-key')).mode & 0o777).toBe(0o600)
  await server.kill('SIGTERM')
  server = await server.restart()
  expect(await ann.need('GET', '/api/push/key')).toEqual({ key })
})
