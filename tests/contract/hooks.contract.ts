import { describe, expect, it } from 'vitest'
import type { HookRecord, NewHook } from '#parley/server/chat/hook-port.ts'
import { cid, createWorld, text, type OpenStore, type World } from '#parley/tests/contract/world.ts'

const hook = (id: string, change: Partial<NewHook> = {}): NewHook =>
  ({ id, conversation: 'room', bot: { id: `bot of ${id}`, name: id }, creator: 'alice', createdAt: 2_000, hash: `hash of ${id}`, ...change })

const outgoing = (id: string, commands: string[] = []): NewHook => {
  const { hash: _hash, ...rest } = hook(id)
  return { ...rest, outgoing: { url: `https://example.com/${id}`, secret: `secret of ${id}`, events: ['message'], commands: commands.map(name => ({ name })) } }
}

const post = (world: World, bot: string, words: string, extra: { cid?: string, conversation?: string } = {}) => world.store.append({
  conversation: extra.conversation ?? 'room', actor: bot, cid: extra.cid ?? world.nextCid(), at: ++world.now, change: { kind: 'message', content: text(words) }, authority: 'bot',
})

/** Webhooks and their bots. */
export function hooksContract(open: OpenStore): void {
  describe('webhooks', () => {
    it('are made for open groups and channels, up to a number, and found by the hash of their token', async () => {
      const world = await createWorld(open)
      await world.conversation('pair', ['alice', 'bob'], 'direct')
      await world.conversation('old', ['alice'])
      await world.commit('old', 'alice', { kind: 'meta', closed: true })
      const one = { id: 'one', conversation: 'room', bot: { id: 'bot of one', username: 'bot', displayName: 'one', bot: true }, creator: 'alice', createdAt: 2_000, failures: 0 }
      expect(await world.store.createHook(hook('one'), 2)).toEqual(one)
      expect(await world.store.createHook(outgoing('two'), 2)).toMatchObject({ id: 'two', outgoing: { url: 'https://example.com/two', secret: 'secret of two', events: ['message'], commands: [], cursor: 0 } })
      expect(await world.store.createHook(hook('three'), 2)).toBeUndefined()
      for (const conversation of ['pair', 'old', 'nowhere']) expect(await world.store.createHook(hook(conversation, { conversation }), 2)).toBeUndefined()
      expect(await world.store.createHook(hook('four', { bot: { id: 'b', name: 'b', avatar: 'none' } }), 9)).toBeUndefined()
      expect((await world.store.hooksOf('room')).map(({ id }) => id)).toEqual(['one', 'two'])
      expect(await world.store.hookByHash('hash of one')).toEqual(one)
      expect(await world.store.hookByHash('hash of two')).toBeUndefined()
    })

    it('[S3] [S8] post texts to their conversation, once by cid, and do nothing else', async () => {
      const world = await createWorld(open)
      await world.conversation('other', ['alice'])
      await world.store.createHook(hook('one'), 9)
      const known = cid(7)
      expect(await post(world, 'bot of one', 'disk is full', { cid: known })).toMatchObject({ ok: true, duplicate: false, event: { seq: 1, sender: 'bot of one', content: text('disk is full') } })
      expect(await post(world, 'bot of one', 'disk is full', { cid: known })).toMatchObject({ ok: true, duplicate: true, event: { seq: 1 } })
      expect(await post(world, 'bot of one', 'another', { cid: known })).toMatchObject({ ok: false, code: 'cid_conflict' })
      expect(await world.refusal('room', 'bot of one', { kind: 'message', content: text('not by its hook') })).toBe('not_found')
      const acts = [{ kind: 'meta', title: 'mine' }, { kind: 'delete', target: 1 }, { kind: 'member', user: 'dave', change: 'join' }] as const
      for (const change of acts) expect(await world.store.append({ conversation: 'room', actor: 'bot of one', cid: world.nextCid(), at: 1, change, authority: 'bot' })).toMatchObject({ ok: false, code: 'forbidden' })
      await world.commit('room', 'alice', { kind: 'meta', closed: true })
      expect(await post(world, 'bot of one', 'too late')).toMatchObject({ ok: false, code: 'conversation_closed' })
      expect(await post(world, 'bot of one', 'disk is full', { cid: known })).toMatchObject({ ok: true, duplicate: true })
      expect(await post(world, 'bot of one', 'nowhere', { conversation: 'gone' })).toMatchObject({ ok: false, code: 'not_found' })
    })

    it('have bots that nobody finds, adds, logs in as or administers, and that stay as authors', async () => {
      const world = await createWorld(open)
      await world.store.createHook(hook('helper'), 9)
      await post(world, 'bot of helper', 'hello')
      expect(await world.store.findUsers('helper', 9)).toEqual([])
      expect((await world.store.usersForAdmin({ limit: 99, now: 1 })).map(({ id }) => id)).not.toContain('bot of helper')
      expect(await world.store.changeUser('bot of helper', { disabled: false }, [])).toBe('not_found')
      expect(await world.store.userByName('bot')).toBeUndefined()
      expect(await world.refusal('room', 'alice', { kind: 'member', user: 'bot of helper', change: 'join' })).toBe('bad_target')
      expect([await world.store.removeHook('elsewhere', 'helper'), await world.store.removeHook('room', 'helper'), await world.store.removeHook('room', 'helper')]).toEqual([false, true, false])
      expect(await world.store.hookByHash('hash of helper')).toBeUndefined()
      expect(await world.store.usersById(['bot of helper'])).toEqual([{ id: 'bot of helper', username: 'bot', displayName: 'helper', bot: true }])
      expect((await world.messages('room'))[0]).toMatchObject({ sender: 'bot of helper', content: text('hello') })
      expect((await world.store.summaries('bob', 'room'))[0]).toMatchObject({ unread: 1 })
    })

    it('remember how far they have come, what failed, and that they are paused', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'before')
      await world.store.createHook(outgoing('two', ['deploy']), 9)
      expect((await world.store.outgoingHooks()).map(({ id, outgoing: half }) => [id, half?.cursor])).toEqual([['two', 1]])
      await world.store.saveHookProgress('two', { cursor: 4, lastUsedAt: 3_000, fault: '500' })
      await world.store.saveHookProgress('two', { cursor: 3, failure: { seq: 3, at: 9, attempts: 8, error: '500' } })
      await world.store.saveHookProgress('two', { failure: { seq: 2, at: 8, attempts: 8, error: 'timeout' } })
      expect(await world.store.hook('two')).toMatchObject({ lastUsedAt: 3_000, failures: 2, outgoing: { cursor: 4, fault: '500', commands: [{ name: 'deploy' }] } })
      expect(await world.store.hookFailures('two')).toEqual([{ seq: 2, at: 8, attempts: 8, error: 'timeout' }, { seq: 3, at: 9, attempts: 8, error: '500' }])
      await world.store.forgetHookFailure('two', 2)
      await world.store.saveHookProgress('two', { pausedAt: 5_000, fault: null })
      expect(await world.store.outgoingHooks()).toEqual([])
      const paused = await world.store.hook('two')
      expect([paused?.failures, paused?.outgoing?.pausedAt, paused?.outgoing?.fault]).toEqual([1, 5_000, undefined])
      await world.store.saveHookProgress('two', { pausedAt: null })
      expect(await world.store.outgoingHooks()).toHaveLength(1)
      await world.store.saveHookProgress('none', { cursor: 1 })
      await world.store.removeHook('room', 'two')
      expect(await world.store.hookFailures('two')).toEqual([])
    })

    it('have a command name once per conversation', async () => {
      const world = await createWorld(open)
      await world.conversation('other', ['alice'])
      await world.store.createHook(outgoing('one', ['deploy', 'status']), 9)
      expect(await world.store.createHook(outgoing('two', ['status']), 9)).toBe('taken')
      expect(await world.store.createHook({ ...outgoing('three', ['status']), conversation: 'other' }, 9)).toMatchObject({ id: 'three' })
    })

    it('are changed in name, picture, address, events and commands, each alone, and nothing of what is refused', async () => {
      const world = await createWorld(open)
      await world.store.createHook(hook('one'), 9)
      await world.store.createHook(outgoing('two', ['deploy']), 9)
      await world.store.createHook(outgoing('three', ['status']), 9)
      await world.store.saveHookProgress('two', { cursor: 0, fault: '500', failure: { seq: 1, at: 9, attempts: 8, error: '500' } })
      await world.store.addAvatar({ id: 'pic', file: 'picture', mime: 'image/png', size: 3 }, 1, 0)
      const two = await world.store.hook('two')
      const refused = [['elsewhere', 'two', { name: 'x' }], ['room', 'none', { name: 'x' }], ['room', 'two', { name: 'x', avatar: 'not stored' }]] as const
      for (const [conversation, id, change] of refused) expect(await world.store.changeHook(conversation, id, change)).toBeUndefined()
      expect(await world.store.changeHook('room', 'two', { name: 'x', outgoing: { commands: [{ name: 'status' }] } })).toBe('taken')
      expect(await world.store.hook('two')).toEqual(two)
      expect(await world.store.changeHook('room', 'two', { outgoing: { events: ['edit'], commands: [{ name: 'deploy' }, { name: 'build', description: 'Builds' }] } }))
        .toEqual({ ...two, outgoing: { ...two?.outgoing, events: ['edit'], commands: [{ name: 'deploy' }, { name: 'build', description: 'Builds' }] } })
      expect((await world.store.changeHook('room', 'two', { outgoing: { url: 'https://example.com/two' } }) as HookRecord).outgoing).toMatchObject({ fault: '500' })
      const moved = await world.store.changeHook('room', 'two', { outgoing: { url: 'https://example.org/' } }) as HookRecord
      expect([moved.outgoing?.url, moved.outgoing?.fault, moved.outgoing?.secret, moved.failures]).toEqual(['https://example.org/', undefined, 'secret of two', 1])
      expect(await world.store.changeHook('room', 'one', { name: 'Première', avatar: 'pic' })).toMatchObject({ bot: { displayName: 'Première', avatar: 'pic', bot: true } })
      expect(await world.store.usersById(['bot of one'])).toEqual([{ id: 'bot of one', username: 'bot', displayName: 'Première', avatar: 'pic', bot: true }])
      const bare = await world.store.changeHook('room', 'one', { avatar: null, outgoing: { url: 'https://example.org/' } }) as HookRecord
      expect([bare.bot, bare.outgoing]).toEqual([{ id: 'bot of one', username: 'bot', displayName: 'Première', bot: true }, undefined])
      expect((await world.store.hookByHash('hash of one'))?.id).toBe('one')
    })

    it('end with their conversation', async () => {
      const world = await createWorld(open)
      await world.store.createHook(hook('one'), 9)
      await world.store.deleteConversation('room', 3_000, { act: 'conversation.delete', address: '', at: 3_000 })
      expect(await world.store.hookByHash('hash of one')).toBeUndefined()
    })
  })
}
