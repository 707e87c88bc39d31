import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPushTransport } from '#parley/server/push/push-transport.ts'
import type { PushTransport } from '#parley/server/push/push-transport.ts'
import { Push } from '#parley/server/push/push.ts'
import { makeVapidKey, publicVapidKey } from '#parley/server/push/vapid.ts'
import type { NotificationSettings } from '#parley/shared/notifications.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { openPushEndpoint } from '#parley/tests/helpers/push-endpoint.ts'
import type { PushEndpoint } from '#parley/tests/helpers/push-endpoint.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'

const rule = { allowLoopback: true }
const privateKey = makeVapidKey()
const identity = { privateKey, publicKey: publicVapidKey(privateKey), subject: 'mailto:ann@example.org' }

let service: PushEndpoint
let harness: ServerHarness
let push: Push
let room: string
let calls: string[]
/** Requests that are under way; a test waits for them before it passes time. */
let sending: Set<Promise<unknown>>

/** Rooms of alice, bob and carol; bob has a browser that is pushed to. */
beforeEach(async () => {
  [service, calls, sending] = [await openPushEndpoint(), [], new Set()]
  const real = createPushTransport(rule)
  const send: PushTransport = (request) => {
    const under = real(request)
    sending.add(under)
    void under.catch(() => undefined).finally(() => sending.delete(under))
    return under
  }
  harness = new ServerHarness({
    store: store => new Proxy(store, { get: (target, name) => (...args: unknown[]) => {
      calls.push(String(name))
      return Reflect.apply(Reflect.get(target, name) as () => unknown, target, args)
    } }),
    onCommit: (conversation, event) => push.noticed(conversation, event),
  })
  push = new Push({
    store: new Proxy(harness.store, { get: (target, name) => (...args: unknown[]) => {
      calls.push(`push ${String(name)}`)
      return Reflect.apply(Reflect.get(target, name) as () => unknown, target, args)
    } }),
    clock: harness.clock, random: harness.random, log: harness.log, identity, rule,
    transport: Object.assign(send, { close: () => real.close() }), isActive: user => harness.chat.isActive(user),
  })
  await push.start()
  await harness.users('alice', 'bob', 'carol')
  for (const user of ['alice', 'bob', 'carol']) await harness.store.createLogin({ id: `login-${user}`, user, userAgent: '', address: '', createdAt: 1, lastSeenAt: 1, expiresAt: Number.MAX_SAFE_INTEGER })
  room = await harness.group('alice', 'bob', 'carol')
  calls = []
})
afterEach(async () => {
  push.close()
  await service.close()
})

const subscribe = (user: string, name = user) => push.subscribe(user, `login-${user}`, service.subscribe(name))
const say = (text: string, from = 'alice', conversation = room) => harness.chat.submit(from, harness.op(conversation, text))
/** Passes time, and lets what is sent then be answered. */
async function pass(ms: number): Promise<void> {
  await harness.clock.advance(ms)
  while (sending.size > 0) {
    await Promise.allSettled(sending)
    await settle()
  }
}
const settings = (user: string, value: Partial<NotificationSettings>) => harness.store.saveNotificationSettings(user, { hideText: false, ...value })
const payloads = () => service.received.map(({ payload }) => payload)

describe('what is pushed', () => {
  it('one message for all that came in a conversation, encrypted, signed, with a topic, a lifetime and counts', async () => {
    await subscribe('bob')
    for (const text of ['one', 'two', 'hello\n  there']) await say(text)
    await pass(6_000)
    await service.until(1)
    const [{ headers, vapid, vapidKey }] = service.received as [typeof service.received[0]]
    expect(payloads()).toEqual([{
      version: 1, account: 'bob', conversation: room, kind: 'group', title: 'group', seq: expect.any(Number), at: expect.any(Number),
      count: 3, badge: 3, sender: 'alice', text: 'hello there',
    }])
    expect(headers).toMatchObject({ 'content-encoding': 'aes128gcm', 'ttl': '86400', 'urgency': 'normal', 'topic': expect.stringMatching(/^[\w-]{32}$/) })
    expect(vapid).toMatchObject({ aud: service.origin, sub: 'mailto:ann@example.org' })
    expect(vapid!.exp * 1_000 - harness.clock.now()).toBeLessThanOrEqual(24 * 3_600_000)
    expect(vapidKey).toBe(push.publicKey)
  })

  it('a direct message is urgent and named after its sender; hidden texts do not leave the server; long ones are cut', async () => {
    await subscribe('bob')
    const direct = await harness.chat.createConversation('alice', { kind: 'direct', title: '', members: ['bob'] })
    if (!direct.ok) throw new Error(direct.message)
    await say('x'.repeat(7_000), 'alice', direct.value.id)
    await pass(6_000)
    await settings('bob', { hideText: true })
    await say('secret @bob')
    await pass(6_000)
    await service.until(2)
    expect(payloads()).toMatchObject([{ title: 'alice', kind: 'direct', text: `${'x'.repeat(240)}…` }, { title: 'group', count: 1, badge: 2 }])
    expect(service.received.map(({ headers }) => headers['urgency'])).toEqual(['high', 'high'])
    expect(payloads()[1]).not.toHaveProperty('text')
    expect(payloads()[1]).not.toHaveProperty('sender')
  })

  it('topics are the same for one conversation and browser, and tell nothing across people', async () => {
    await subscribe('bob')
    await subscribe('carol')
    await say('one')
    await pass(6_000)
    await say('two')
    await pass(6_000)
    await service.until(4)
    const topics = (path: string) => service.received.filter(each => each.path === path).map(({ headers }) => headers['topic'])
    expect(new Set(topics('/bob')).size).toBe(1)
    expect(new Set([...topics('/bob'), ...topics('/carol')]).size).toBe(2)
  })
})

describe('who is pushed to', () => {
  it('[U-N2] nobody who has read it meanwhile on another device, nor the sender', async () => {
    for (const user of ['alice', 'bob', 'carol']) await subscribe(user)
    await say('one')
    await harness.store.raisePositions(room, 'bob', { readSeq: 1 })
    await pass(6_000)
    await service.until(1)
    expect(service.received.map(({ path }) => path)).toEqual(['/carol'])
  })

  it('[U-N2] nobody who is at a page that has the message, until they leave without having read it', async () => {
    await subscribe('bob')
    const pair = await harness.connect('bob')
    await say('one')
    await settle()
    pair.send({ type: 'delivered', conversation: room, seq: 1 })
    await pass(30_000)
    expect(service.requests).toBe(0)
    pair.send({ type: 'presence', state: 'idle' })
    await pass(60_000)
    await service.until(1)
    expect(payloads()).toMatchObject([{ count: 1, text: 'one' }])
  })

  it('who only seems to be there, by a link that is dead, is pushed to', async () => {
    await subscribe('bob')
    await harness.connect('bob')
    await say('one')
    await pass(6_000)
    expect((await service.until(1)).length).toBe(1)
  })

  it('[U-N2] by their own level: muted never, mentions only', async () => {
    await subscribe('bob')
    await subscribe('carol')
    await harness.store.saveMemberSettings(room, 'bob', { notify: 'mentions' })
    await harness.store.saveMemberSettings(room, 'carol', { notify: 'none' })
    await say('one')
    await pass(6_000)
    expect(service.requests).toBe(0)
    await say('two @bob @carol')
    await pass(6_000)
    await service.until(1)
    expect(payloads()).toMatchObject([{ account: 'bob', count: 1 }])
  })

  it('nobody in their quiet hours or while they do not want to be disturbed', async () => {
    await subscribe('bob')
    await subscribe('carol')
    // The clock stands at 08:00 UTC.
    await settings('bob', { quiet: { from: 15 * 60, to: 17 * 60, zone: 'Asia/Shanghai' } })
    await settings('carol', { pausedUntil: harness.clock.now() + 600_000 })
    await say('one')
    await pass(6_000)
    expect(service.requests).toBe(0)
    await pass(3_600_000)
    await say('two')
    await pass(6_000)
    expect((await service.until(2)).map(({ payload }) => payload.account).sort()).toEqual(['bob', 'carol'])
  })

  it('[A5] not a browser whose log-in was revoked, and nothing of a message that was deleted at once', async () => {
    await subscribe('bob')
    await subscribe('carol')
    await harness.store.revokeLogin('bob', 'login-bob')
    const ack = await say('oops')
    await harness.chat.submit('alice', { type: 'delete', cid: harness.random.cid(), conversation: room, target: ack.type === 'ack' ? ack.seq : 0 })
    await pass(6_000)
    expect(service.requests).toBe(0)
  })
})

describe('what it costs', () => {
  it('a message costs nothing when nobody has a subscription, and then nothing where no member has one', async () => {
    for (let n = 0; n < 20; n++) await say(`early ${n}`)
    await pass(60_000)
    expect(calls.filter(call => call.startsWith('push'))).toEqual([])
    await harness.users('dave')
    await harness.store.createLogin({ id: 'login-dave', user: 'dave', userAgent: '', address: '', createdAt: 1, lastSeenAt: 1, expiresAt: Number.MAX_SAFE_INTEGER })
    await subscribe('dave')
    calls = []
    for (let n = 0; n < 20; n++) {
      await say(`later ${n}`)
      await pass(6_000)
    }
    expect(calls.filter(call => call.startsWith('push'))).toEqual(['push pushTargets', 'push reachesByPush'])
  })

  it('a thousand messages in one grace are one question to the store, and no statement of their own', async () => {
    await subscribe('bob')
    await say('first')
    calls = []
    for (let n = 0; n < 1_000; n++) await say(`busy ${n}`)
    expect(new Set(calls)).toEqual(new Set(['append']))
    await pass(6_000)
    expect(calls.filter(call => call.startsWith('push'))).toEqual(['push pushTargets'])
    await service.until(1)
  })

  it('somebody who joins can be reached at once', async () => {
    await harness.users('dave')
    await harness.store.createLogin({ id: 'login-dave', user: 'dave', userAgent: '', address: '', createdAt: 1, lastSeenAt: 1, expiresAt: Number.MAX_SAFE_INTEGER })
    await subscribe('dave')
    await say('nobody hears')
    await pass(6_000)
    await harness.chat.addMember('alice', room, 'dave')
    await say('dave does')
    await pass(6_000)
    await service.until(1)
    expect(payloads()).toMatchObject([{ account: 'dave', count: 1, text: 'dave does' }])
  })
})

describe('push services in trouble', () => {
  it('404 and 410 remove the subscription', async () => {
    await subscribe('bob')
    service.answer(410)
    await say('one')
    await pass(6_000)
    expect(await harness.store.pushSubscriptionsOf('bob', 2)).toEqual([])
    await say('two')
    await pass(6_000)
    expect(service.requests).toBe(1)
  })

  it('503 and 429 are tried again, after Retry-After at the earliest; only the newest message of a conversation is', async () => {
    await subscribe('bob')
    service.answer(429, { 'retry-after': '30' })
    await say('one')
    await pass(6_000)
    expect(service.requests).toBe(1)
    await pass(29_000)
    expect(service.requests).toBe(1)
    service.answer(503, { 'retry-after': '60' })
    await pass(2_000)
    expect(service.requests).toBe(2)
    service.answer(201)
    await say('two')
    await pass(3_600_000)
    expect(payloads().map(({ text, count }) => [text, count])).toEqual([['two', 2]])
  })

  it('one that is down for hours is given up, and no log line holds a text or an endpoint', async () => {
    await subscribe('bob')
    service.answer(500)
    await say('very private')
    await pass(3 * 3_600_000)
    const before = service.requests
    expect(before).toBeGreaterThan(5)
    await pass(3_600_000)
    expect(service.requests).toBe(before)
    expect(harness.clock.pending).toBeLessThan(10)
    const lines = JSON.stringify(harness.logLines)
    expect(lines).toContain('a push was given up')
    expect(lines).not.toMatch(/very private|127\.0\.0\.1:\d+\/bob/)
  })
})

describe('subscribing', () => {
  it.each([
    ['http', { endpoint: 'http://push.example/x' }],
    ['a private address', { endpoint: 'https://10.0.0.1/x' }],
    ['a password', { endpoint: 'https://a:b@push.example/x' }],
    ['no address', { endpoint: 'push' }],
    ['a key that is no point', { keys: { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: Buffer.alloc(16).toString('base64url') } }],
    ['a short secret', { keys: { ...sampleKeys(), auth: 'AAAA' } }],
  ])('is refused with %s', async (_what, change) => {
    const good = { endpoint: 'https://push.example/x', keys: sampleKeys() }
    expect(await push.subscribe('bob', 'login-bob', { ...good, ...change })).toBeUndefined()
    expect(await push.subscribe('bob', 'login-bob', good)).toBeDefined()
  })

  it('[L5] what is noted when the server goes down is pushed before it ends', async () => {
    await subscribe('bob')
    await say('last words')
    await push.finish()
    expect(payloads()).toMatchObject([{ text: 'last words' }])
  })
})

function sampleKeys(): { p256dh: string, auth: string } {
  return { p256dh: publicVapidKey(privateKey), auth: Buffer.alloc(16, 1).toString('base64url') }
}
