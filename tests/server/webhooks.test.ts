import { describe, expect, it } from 'vitest'
import { RateLimited } from '#parley/server/chat/chat-service.ts'
import { createIncoming } from '#parley/server/webhooks/incoming.ts'
import type { HookPost } from '#parley/server/webhooks/incoming.ts'
import { OutgoingHooks } from '#parley/server/webhooks/outgoing.ts'
import { Webhooks } from '#parley/server/webhooks/webhooks.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'

const ana = { id: 'ana', address: '203.0.113.1' }

/** A group of ana, its owner, and ben, with an incoming webhook. */
async function room() {
  const harness = new ServerHarness()
  await harness.users('ana', 'ben', 'cleo')
  const group = await harness.group('ana', 'ben')
  const transport = Object.assign(async () => ({ status: 200, text: '' }), { close: () => undefined })
  const outgoing = new OutgoingHooks({ store: harness.store, chat: () => harness.chat, clock: harness.clock, random: harness.random, log: harness.log, transport })
  const webhooks = new Webhooks({ store: harness.store, chat: () => harness.chat, clock: harness.clock, random: harness.random, outgoing, rule: { allowLoopback: false } })
  const receive = createIncoming({ store: harness.store, chat: harness.chat, clock: harness.clock, random: harness.random, limited: true })
  const made = await webhooks.createIncoming(ana, group, { name: 'Monitoring' })
  if (!made.ok || made.value.token === undefined) throw new Error('no webhook')
  const { token, hook } = made.value
  const post = (fields: Partial<HookPost> = {}, by = token, address = '198.51.100.7') => receive(by, { text: 'disk is full', ...fields }, address)
  return { harness, group, webhooks, token, hook, post }
}

describe('incoming webhooks', () => {
  it('[O2] post as their bot, which every member sees at once and knows for a bot', async () => {
    const { harness, group, hook, post } = await room()
    const ben = await harness.connect('ben')
    expect(await post({ name: 'db1', emoji: '🔥' })).toMatchObject({ ok: true, value: { seq: 1, duplicate: false } })
    await settle()
    expect(ben.of('event')[0]).toMatchObject({ conversation: group, event: { kind: 'message', sender: hook.bot.id, content: { type: 'text', text: 'disk is full', as: { name: 'db1', emoji: '🔥' } } } })
    expect(await harness.store.usersById([hook.bot.id])).toMatchObject([{ displayName: 'Monitoring', bot: true }])
  })

  it('[S3] the same cid again is the same post, with other words a conflict; without one each post is new', async () => {
    const { post } = await room()
    const cid = '0199c1de-8000-7b02-9a1c-000000000001'
    expect(await post({ cid })).toMatchObject({ ok: true, value: { seq: 1, duplicate: false } })
    expect(await post({ cid })).toMatchObject({ ok: true, value: { seq: 1, duplicate: true } })
    expect(await post({ cid, text: 'another' })).toMatchObject({ ok: false, code: 'cid_conflict' })
    expect(await post({ cid, name: 'another' })).toMatchObject({ ok: false, code: 'cid_conflict' })
    expect([await post(), await post()]).toMatchObject([{ value: { seq: 2 } }, { value: { seq: 3 } }])
  })

  it('[S9] texts are judged like those of people', async () => {
    const { harness, post } = await room()
    const codes = await Promise.all(['', '  ', 'x'.repeat(8_001), 'NUL \0'].map(async text => post({ text })))
    expect(codes.map(answer => answer.ok ? 'ok' : answer.code)).toEqual(['empty', 'empty', 'too_long', 'bad_content'])
    harness.policies = { beforeMessage: () => ({ refuse: { code: 'filtered', message: 'not here' } }) }
    expect(await post()).toMatchObject({ ok: false, code: 'filtered' })
  })

  it('[L4] each is held to its own pace, and strangers are held to fewer tokens than they would have to try', async () => {
    const { harness, webhooks, group, post } = await room()
    for (let n = 0; n < 60; n++) await post()
    await expect(post()).rejects.toThrow(RateLimited)
    const other = await webhooks.createIncoming(ana, group, { name: 'another' })
    expect(await post({}, other.ok ? other.value.token : '')).toMatchObject({ ok: true })
    await harness.clock.advance(1_000)
    expect(await post()).toMatchObject({ ok: true })
    for (let n = 0; n < 30; n++) expect(await post({}, `guess ${n}`)).toMatchObject({ ok: false, code: 'not_found' })
    await expect(post({}, 'guess')).rejects.toThrow(RateLimited)
    expect(await post({}, 'guess', '192.0.2.9')).toMatchObject({ ok: false, code: 'not_found' })
  })

  it('are remembered by a hash; when they posted last is noted once a minute', async () => {
    const { harness, token, hook, post } = await room()
    expect(JSON.stringify([...harness.store.state.hooks.values()])).not.toContain(token)
    await post()
    const first = (await harness.store.hook(hook.id))?.lastUsedAt
    await harness.clock.advance(59_999)
    await post()
    expect((await harness.store.hook(hook.id))?.lastUsedAt).toBe(first)
    await harness.clock.advance(1)
    await post()
    expect((await harness.store.hook(hook.id))?.lastUsedAt).toBe(first! + 60_000)
  })

  it('[X11] only the owner and admins of the conversation make, see and end them', async () => {
    const { webhooks, group, hook, post } = await room()
    for (const [user, code] of [['ben', 'forbidden'], ['cleo', 'not_found']] as const) {
      const actor = { id: user, address: '' }
      expect(await webhooks.createIncoming(actor, group, { name: 'mine' })).toMatchObject({ ok: false, code })
      expect(await webhooks.list(user, group)).toMatchObject({ ok: false, code })
      expect(await webhooks.remove(actor, group, hook.id)).toMatchObject({ ok: false, code })
    }
    expect(await webhooks.list('ana', group)).toEqual({ ok: true, value: [hook] })
    expect(await webhooks.remove(ana, group, 'another')).toMatchObject({ ok: false, code: 'not_found' })
    expect(await webhooks.remove(ana, group, hook.id)).toMatchObject({ ok: true })
    expect(await post()).toMatchObject({ ok: false, code: 'not_found' })
  })

  it('[X11] get another name, which members see at once, by the owner and admins only; the token stays', async () => {
    const { harness, group, webhooks, hook, post } = await room()
    const [ben, cleo] = [await harness.connect('ben'), await harness.connect('cleo')]
    for (const [user, code] of [['ben', 'forbidden'], ['cleo', 'not_found']] as const) {
      expect(await webhooks.change({ id: user, address: '' }, group, hook.id, { name: 'mine' })).toMatchObject({ ok: false, code })
    }
    expect(await webhooks.change(ana, group, 'another', { name: 'x' })).toMatchObject({ ok: false, code: 'not_found' })
    expect(await webhooks.change(ana, await harness.group('ana'), hook.id, { name: 'x' })).toMatchObject({ ok: false, code: 'not_found' })
    expect(await webhooks.change(ana, group, hook.id, { url: 'https://example.com/' })).toMatchObject({ ok: false, code: 'bad_content' })
    expect(await webhooks.list('ana', group)).toEqual({ ok: true, value: [hook] })
    expect(await webhooks.change(ana, group, hook.id, { name: 'Watch' })).toEqual({ ok: true, value: { ...hook, bot: { ...hook.bot, displayName: 'Watch' } } })
    await settle()
    expect(ben.of('user')).toEqual([{ type: 'user', user: { ...hook.bot, displayName: 'Watch' } }])
    expect(cleo.of('user')).toEqual([])
    expect(await post()).toMatchObject({ ok: true })
    expect(harness.store.state.audit.at(-1)).toMatchObject({ act: 'hook.change', actor: 'ana', target: group, name: 'Watch', address: ana.address })
  })

  it('[X11] nobody begins a conversation with a bot, or makes it a member', async () => {
    const { harness, group, hook } = await room()
    expect(await harness.chat.createConversation('ben', { kind: 'direct', title: '', members: [hook.bot.id] })).toMatchObject({ ok: false, code: 'not_found' })
    expect(await harness.chat.createConversation('ben', { kind: 'group', title: 'us', members: [hook.bot.id] })).toMatchObject({ ok: false, code: 'not_found' })
    expect(await harness.chat.addMember('ana', group, hook.bot.id)).toMatchObject({ ok: false, code: 'bad_target' })
  })
})
