import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createHookTransport } from '#parley/server/webhooks/hook-transport.ts'
import type { HookAnswer, HookRequest } from '#parley/server/webhooks/hook-transport.ts'
import { OutgoingHooks } from '#parley/server/webhooks/outgoing.ts'
import { Webhooks } from '#parley/server/webhooks/webhooks.ts'
import type { HookEdit } from '#parley/server/webhooks/webhooks.ts'
import type { HookEvent } from '#parley/shared/hooks.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'

const ana = { id: 'ana', address: '203.0.113.1' }
const rule = { allowLoopback: false }
const command = { name: 'deploy', args: 'to production', cid: '0199c1de-8000-7b02-9a1c-000000000001' }

/** A group with an outgoing webhook, and what it answers: a status, or a failure of the line. */
async function room(events: HookEvent[] = ['message']) {
  const calls: HookRequest[] = []
  let answer: (request: HookRequest) => Promise<HookAnswer> = async () => ({ status: 200, text: '' })
  const transport = Object.assign((request: HookRequest) => {
    calls.push(request)
    return answer(request)
  }, { close: () => undefined })
  const harness = new ServerHarness({ onCommit: conversation => outgoing.noticed(conversation) })
  const start = () => new OutgoingHooks({ store: harness.store, chat: () => harness.chat, clock: harness.clock, random: harness.random, log: harness.log, transport })
  let outgoing = start()
  await harness.users('ana', 'ben', 'cleo')
  const group = await harness.group('ana', 'ben')
  const webhooks = new Webhooks({ store: harness.store, chat: () => harness.chat, clock: harness.clock, random: harness.random, outgoing, rule })
  const made = await webhooks.createOutgoing(ana, group, { name: 'Deployer', url: 'https://example.com/hook', events, commands: [{ name: 'deploy' }] })
  if (!made.ok || made.value.secret === undefined) throw new Error('no webhook')
  const { hook, secret } = made.value
  const say = async (text: string, user = 'ana') => {
    await harness.chat.submit(user, harness.op(group, text))
    await settle()
  }
  return {
    harness, group, webhooks, hook, secret, say, calls,
    texts: () => calls.map(({ body }) => (JSON.parse(body) as { event?: { content?: { text?: string }, kind: string } }).event).map(event => event?.content?.text ?? event?.kind),
    reply: (next: typeof answer) => void (answer = next),
    fail: (status: number) => void (answer = async () => ({ status, text: '' })),
    state: async () => (await harness.store.hook(hook.id))!,
    restart: async () => {
      outgoing.close()
      outgoing = start()
      await outgoing.start()
      await settle()
    },
  }
}

describe('outgoing webhooks', () => {
  it('are told what they asked for, signed, and not what their own bot says', async () => {
    const { harness, group, hook, secret, say, calls, texts } = await room()
    await say('hello', 'ben')
    await harness.chat.changeConversation('ana', group, { topic: 'not asked for' })
    await harness.chat.post(hook.bot.id, harness.op(group, 'mine'))
    await settle()
    expect(texts()).toEqual(['hello'])
    const { body, headers } = calls[0]!
    expect(JSON.parse(body)).toMatchObject({ id: `${group}:1`, hook: hook.id, conversation: group, event: { seq: 1, sender: 'ben' }, users: [{ id: 'ben', username: 'ben' }] })
    const expected = Buffer.from(`v1=${createHmac('sha256', secret).update(`${headers['parley-timestamp']}.${body}`).digest('hex')}`)
    expect(timingSafeEqual(expected, Buffer.from(headers['parley-signature']!))).toBe(true)
    expect(headers['parley-delivery']).toBe(`${group}:1`)
  })

  it('[O3] get an event again until it is taken, and none before the one before it; waits double and differ', async () => {
    const { harness, say, texts, fail, state } = await room()
    fail(500)
    await say('one')
    await say('two')
    await harness.clock.advance(3_000)
    expect(new Set(texts())).toEqual(new Set(['one']))
    expect(texts().length).toBeGreaterThan(2)
    expect((await state()).outgoing).toMatchObject({ cursor: 0, fault: '500' })
    fail(204)
    await harness.clock.advance(60_000)
    expect(texts().slice(-2)).toEqual(['one', 'two'])
    const { outgoing } = await state()
    expect([outgoing?.cursor, outgoing?.fault]).toEqual([2, undefined])
  })

  it('an event that is never taken is given up and kept in a list, from which it can be sent again; then the next one has its turn', async () => {
    const { harness, group, webhooks, hook, say, texts, reply } = await room()
    reply(async ({ body }) => ({ status: body.includes('poison') ? 422 : 200, text: '' }))
    await say('poison')
    await say('after')
    await harness.clock.advance(900_000)
    expect(texts().filter(text => text === 'poison')).toHaveLength(10)
    expect(texts().at(-1)).toBe('after')
    expect(await webhooks.failures('ana', group, hook.id)).toMatchObject({ ok: true, value: [{ seq: 1, attempts: 10, error: '422' }] })
    expect(await webhooks.retry('ana', group, hook.id, 1)).toEqual({ ok: true, value: { delivered: false, error: '422' } })
    reply(async () => ({ status: 200, text: '' }))
    expect(await webhooks.retry('ana', group, hook.id, 1)).toEqual({ ok: true, value: { delivered: true } })
    expect(await webhooks.failures('ana', group, hook.id)).toEqual({ ok: true, value: [] })
    expect(await webhooks.retry('ana', group, hook.id, 1)).toMatchObject({ ok: false, code: 'not_found' })
  })

  it('[O3] that are changed are told at the new address, of the new events, from where they were; what is under way may come twice', async () => {
    const { group, webhooks, hook, say, calls, texts, fail, state, harness } = await room()
    await say('one')
    fail(500)
    await say('two')
    const change = { url: 'https://example.org/other', events: ['message', 'meta'] as HookEvent[], commands: [{ name: 'status' }] }
    fail(200)
    expect(await webhooks.change(ana, group, hook.id, change)).toMatchObject({ ok: true, value: { outgoing: { ...change, failures: 0 } } })
    await settle()
    await harness.chat.changeConversation('ana', group, { topic: 'asked for now' })
    await settle()
    expect(calls.map(({ url }) => new URL(url).host)).toEqual(['example.com', 'example.com', 'example.org', 'example.org'])
    expect(texts()).toEqual(['one', 'two', 'two', 'meta'])
    await harness.clock.advance(60_000)
    expect(calls).toHaveLength(4)
    const { outgoing } = await state()
    expect([outgoing?.cursor, outgoing?.fault]).toEqual([3, undefined])
    expect(await webhooks.command('ben', group, command)).toMatchObject({ ok: false, code: 'bad_target' })
  })

  it('are not led to an address within by a change, and what is refused changes nothing', async () => {
    const { group, webhooks, hook, say, calls, state } = await room()
    const other = await webhooks.createOutgoing(ana, group, { name: 'Other', url: 'https://example.com/b', events: ['message'], commands: [{ name: 'other' }] })
    expect(other.ok).toBe(true)
    const before = await state()
    const refused: [HookEdit, string][] = [
      [{ url: 'https://10.0.0.1/' }, 'bad_content'], [{ commands: [{ name: 'a' }, { name: 'a' }] }, 'bad_content'], [{ name: 'x', commands: [{ name: 'other' }] }, 'bad_target'],
      [{ name: 'x', avatar: 'not stored' }, 'forbidden'],
    ]
    for (const [edit, code] of refused) expect(await webhooks.change(ana, group, hook.id, edit)).toMatchObject({ ok: false, code })
    expect(await state()).toEqual(before)
    expect(await webhooks.change(ana, group, hook.id, { commands: [{ name: 'deploy' }, { name: 'more' }] })).toMatchObject({ ok: true })
    await say('still told')
    expect(calls.filter(({ url }) => url === 'https://example.com/hook')).toHaveLength(1)
  })

  it('are paused after long failure, or at once when they are gone, and go on where they stopped', async () => {
    const { harness, group, webhooks, hook, say, calls, texts, fail, state } = await room()
    fail(503)
    for (const text of ['1', '2', '3', '4', '5', '6']) await say(text)
    await harness.clock.advance(4 * 3_600_000)
    expect((await state()).outgoing).toMatchObject({ cursor: 5, pausedAt: expect.any(Number) as number })
    const before = calls.length
    await say('7')
    await harness.clock.advance(3_600_000)
    expect(calls.length).toBe(before)
    fail(200)
    expect(await webhooks.pause('ana', group, hook.id, false)).toMatchObject({ ok: true })
    await harness.clock.advance(1_000)
    expect(texts().slice(before)).toEqual(['6', '7'])
    fail(410)
    await say('8')
    expect((await state()).outgoing).toMatchObject({ cursor: 7, fault: '410', pausedAt: expect.any(Number) as number })
  })

  it('hear after a restart what was committed meanwhile, and what was under way again', async () => {
    const { say, texts, reply, restart } = await room()
    reply(() => new Promise(() => undefined))
    await say('under way')
    await restart()
    expect(texts()).toEqual(['under way', 'under way'])
    reply(async () => ({ status: 200, text: '' }))
    await say('meanwhile')
    await restart()
    expect(texts().slice(2)).toEqual(['under way', 'meanwhile'])
    await restart()
    expect(texts()).toHaveLength(4)
  })

  it('that hang or fail hold no message up', async () => {
    const { say, reply, harness, group } = await room()
    reply(() => new Promise(() => undefined))
    for (let n = 0; n < 20; n++) await say(`message ${n}`)
    expect((await harness.store.headsOf([group])).get(group)).toBe(20)
  })

  it('[X11] only the owner and admins reach them', async () => {
    const { webhooks, group, hook } = await room()
    for (const [user, code] of [['ben', 'forbidden'], ['cleo', 'not_found']] as const) {
      expect(await webhooks.pause(user, group, hook.id, true)).toMatchObject({ ok: false, code })
      expect(await webhooks.failures(user, group, hook.id)).toMatchObject({ ok: false, code })
      expect(await webhooks.retry(user, group, hook.id, 1)).toMatchObject({ ok: false, code })
    }
  })

  it('go to public addresses over https only', async () => {
    const { webhooks, group } = await room()
    const plan = { name: 'inside', events: ['message' as const], commands: [] }
    for (const url of ['http://example.com', 'https://127.0.0.1/', 'https://169.254.169.254/latest', 'https://[::1]/', 'https://user:pass@example.com/', 'nonsense']) {
      expect(await webhooks.createOutgoing(ana, group, { ...plan, url })).toMatchObject({ ok: false, code: 'bad_content' })
    }
  })
})

describe('commands of webhooks', () => {
  it('[S3] are answered by their bot, once however often they are asked', async () => {
    const { harness, group, webhooks, hook, calls, reply } = await room()
    reply(async () => ({ status: 200, text: JSON.stringify({ text: 'deployed' }) }))
    expect(await webhooks.command('ben', group, command)).toEqual({ ok: true, value: { outcome: 'posted', seq: 1 } })
    expect(await webhooks.command('ben', group, command)).toEqual({ ok: true, value: { outcome: 'posted', seq: 1 } })
    expect(JSON.parse(calls[0]!.body)).toMatchObject({ id: command.cid, command: { name: 'deploy', args: 'to production', user: 'ben' }, users: [{ id: 'ben' }] })
    expect(await harness.store.range(group, 1, 9, 9)).toMatchObject([{ seq: 1, sender: hook.bot.id, content: { type: 'text', text: 'deployed' } }])
  })

  it('may stay silent; what fails is told and posts nothing', async () => {
    const { harness, group, webhooks, fail, reply } = await room()
    expect(await webhooks.command('ben', group, command)).toEqual({ ok: true, value: { outcome: 'silent' } })
    fail(500)
    expect(await webhooks.command('ben', group, command)).toEqual({ ok: true, value: { outcome: 'failed', error: '500' } })
    reply(async () => ({ status: 200, text: JSON.stringify({ text: 'x'.repeat(9_000) }) }))
    expect(await webhooks.command('ben', group, command)).toEqual({ ok: true, value: { outcome: 'failed', error: 'too_long' } })
    expect((await harness.store.headsOf([group])).get(group)).toBe(0)
  })

  it('[S8] are for members who may write, and shown to members', async () => {
    const { harness, group, webhooks, hook } = await room()
    expect(await webhooks.command('cleo', group, command)).toMatchObject({ ok: false, code: 'not_found' })
    expect(await webhooks.command('ben', group, { ...command, name: 'other' })).toMatchObject({ ok: false, code: 'bad_target' })
    expect(await webhooks.commands('cleo', group)).toMatchObject({ ok: false, code: 'not_found' })
    expect(await webhooks.commands('ben', group)).toMatchObject({ ok: true, value: { commands: [{ name: 'deploy', bot: { id: hook.bot.id } }] } })
    await harness.chat.mute('ana', group, 'ben', { duration: 60_000 }, { act: 'mute.add', address: '', at: 1 })
    expect(await webhooks.command('ben', group, command)).toMatchObject({ ok: false, code: 'forbidden' })
  })
})

describe('the way to a webhook', () => {
  const closing: (() => void)[] = []
  afterEach(() => {
    for (const close of closing.splice(0)) close()
  })

  it('follows no redirects, reads no endless answer, and reaches no private address by a name', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/moved') return response.writeHead(302, { location: '/secret' }).end()
      response.end(request.url === '/endless' ? 'x'.repeat(2_000) : 'fine')
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const transport = createHookTransport({ allowLoopback: true })
    const guarded = createHookTransport(rule)
    closing.push(() => server.close(), () => transport.close(), () => guarded.close())
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const request = { headers: {}, body: '{}', patience: 5_000, answerBytes: 1_000 }
    expect(await transport({ ...request, url: `${base}/` })).toEqual({ status: 200, text: 'fine' })
    expect(await transport({ ...request, url: `${base}/moved` })).toMatchObject({ status: 302 })
    await expect(transport({ ...request, url: `${base}/endless` })).rejects.toThrow('too long')
    await expect(guarded({ ...request, url: `https://localhost:${base.split(':').at(-1)}/` })).rejects.toThrow('not a public address')
  })
})
