import { describe, expect, it } from 'vitest'
import type { NewInvite } from '#parley/server/chat/invite-port.ts'
import type { AppendResult } from '#parley/server/chat/ports.ts'
import { changeUser, createWorld, type OpenStore, type World } from '#parley/tests/contract/world.ts'

const invite = (id: string, change: Partial<NewInvite> = {}): NewInvite =>
  ({ id, hash: `hash of ${id}`, conversation: 'room', creator: 'alice', registers: false, createdAt: 1_000, ...change })

const enter = (world: World, user: string, by?: string, conversation = 'room', at?: number): Promise<AppendResult> => world.store.append({
  conversation, actor: user, cid: world.nextCid(), at: at ?? ++world.now, change: { kind: 'member', user, change: 'join', role: 'member' },
  ...(by === undefined ? {} : { invite: `hash of ${by}` }),
})

const outcome = (result: AppendResult): string => result.ok ? 'joined' : result.code

const register = (world: World, id: string, by: string) => world.store.createUser({
  id, username: id, usernameKey: id, displayName: id, passwordHash: 'hash', at: ++world.now, mayBeFirst: false, invite: `hash of ${by}`,
})

/** Invites and public conversations. */
export function invitesContract(open: OpenStore): void {
  describe('invites', () => {
    it('[S8] let a stranger in, as a plain member, by an event of their own; without one there is no such conversation', async () => {
      const world = await createWorld(open)
      await world.store.createInvite(invite('one'))
      expect([outcome(await enter(world, 'dave')), outcome(await enter(world, 'dave', 'other'))]).toEqual(['not_found', 'not_found'])
      expect(outcome(await enter(world, 'dave', 'one'))).toBe('joined')
      expect(await world.log('room')).toMatchObject([{ seq: 1, kind: 'member', sender: 'dave', user: 'dave', change: 'join', role: 'member' }])
      expect(await world.store.roleOf('room', 'dave')).toBe('member')
      expect(await world.store.invitesOf('room', 1_000)).toEqual([{ id: 'one', conversation: 'room', creator: 'alice', registers: false, createdAt: 1_000, uses: 1 }])
    })

    it('[S8] open nothing else: no other conversation, no role, nobody else, no message', async () => {
      const world = await createWorld(open)
      await world.conversation('other', ['alice'])
      await world.user('erin')
      await world.store.createInvite(invite('one'))
      const tried = (change: Parameters<World['append']>[2], conversation = 'room') =>
        world.store.append({ conversation, actor: 'dave', cid: world.nextCid(), at: ++world.now, change, invite: 'hash of one' }).then(outcome)
      expect(outcome(await enter(world, 'dave', 'one', 'other'))).toBe('not_found')
      expect(await tried({ kind: 'member', user: 'dave', change: 'join', role: 'admin' })).toBe('not_found')
      expect(await tried({ kind: 'member', user: 'erin', change: 'join', role: 'member' })).toBe('not_found')
      expect(await tried({ kind: 'message', content: { type: 'text', text: 'hi' } })).toBe('not_found')
      expect((await world.store.invitesOf('room', 1_000))[0]?.uses).toBe(0)
    })

    it('of two that take the last use at once one gets it', async () => {
      const world = await createWorld(open)
      await world.user('erin')
      await world.store.createInvite(invite('last', { maxUses: 1 }))
      const results = await Promise.all(['dave', 'erin'].map(user => enter(world, user, 'last').then(outcome)))
      expect(results.toSorted()).toEqual(['joined', 'not_found'])
      expect(await world.store.inviteByHash('hash of last', 2_000)).toBeUndefined()
    })

    it('count until they expire, are revoked, or used up, and someone removed does not come back by a used one', async () => {
      const world = await createWorld(open)
      await world.store.createInvite(invite('short', { expiresAt: 5_000 }))
      await world.store.createInvite(invite('once', { maxUses: 1 }))
      expect(outcome(await enter(world, 'dave', 'short', 'room', 5_000))).toBe('not_found')
      expect(await world.store.inviteByHash('hash of short', 4_999)).toMatchObject({ invite: { id: 'short' }, conversation: { id: 'room', title: 'room', kind: 'group', memberCount: 3, member: false } })
      expect(await world.store.inviteByHash('hash of short', 5_000)).toBeUndefined()
      expect((await world.store.invitesOf('room', 5_000)).map(({ id }) => id)).toEqual(['once'])
      expect(outcome(await enter(world, 'dave', 'once'))).toBe('joined')
      await world.leave('room', 'alice', 'dave')
      expect(outcome(await enter(world, 'dave', 'once'))).toBe('not_found')
      expect([await world.store.revokeInvite('elsewhere', 'short'), await world.store.revokeInvite(undefined, 'short'), await world.store.revokeInvite('room', 'short')]).toEqual([false, false, true])
      expect(outcome(await enter(world, 'dave', 'short'))).toBe('not_found')
    })

    it('end with the rights of who made them, and with the conversation', async () => {
      const world = await createWorld(open)
      await world.commit('room', 'alice', { kind: 'member', user: 'bob', change: 'role', role: 'admin' })
      await world.store.createInvite(invite('of bob', { creator: 'bob' }))
      await world.store.createInvite(invite('of carol', { creator: 'carol' }))
      await world.store.createInvite(invite('of alice'))
      const counts = async (id: string) => await world.store.inviteByHash(`hash of ${id}`, 2_000) !== undefined
      expect([await counts('of bob'), await counts('of carol')]).toEqual([true, false])
      await world.commit('room', 'alice', { kind: 'member', user: 'bob', change: 'role', role: 'member' })
      expect(await counts('of bob')).toBe(false)
      await changeUser(world.store, 'alice', { disabled: true })
      expect(await counts('of alice')).toBe(false)
      await changeUser(world.store, 'alice', { disabled: false })
      expect(await counts('of alice')).toBe(true)
      await world.commit('room', 'alice', { kind: 'meta', closed: true })
      expect(await counts('of alice')).toBe(false)
    })

    it('[§11] let someone register, which counts; by the same one they then join without another use', async () => {
      const world = await createWorld(open)
      await world.store.createInvite(invite('both', { registers: true, maxUses: 1 }))
      await world.store.createInvite(invite('join only'))
      expect(await register(world, 'erin', 'join only')).toEqual({ ok: false, code: 'invite_required' })
      expect(await register(world, 'erin', 'both')).toMatchObject({ ok: true, account: { id: 'erin', role: 'member' } })
      expect(await register(world, 'frank', 'both')).toEqual({ ok: false, code: 'invite_required' })
      expect(await world.store.inviteByHash('hash of both', 2_000, 'dave')).toBeUndefined()
      expect(await world.store.inviteByHash('hash of both', 2_000, 'erin')).toMatchObject({ conversation: { id: 'room', member: false } })
      expect([outcome(await enter(world, 'dave', 'both')), outcome(await enter(world, 'erin', 'both'))]).toEqual(['not_found', 'joined'])
      expect((await world.store.invitesOf('room', 2_000)).find(({ id }) => id === 'both')?.uses).toBe(1)
      await world.leave('room', 'erin')
      expect(outcome(await enter(world, 'erin', 'both'))).toBe('not_found')
    })

    it('[§11] without a conversation only let register, while who made them is an admin of the server', async () => {
      const world = await createWorld(open)
      const { conversation: _none, ...bare } = invite('server', { registers: true })
      await world.store.createInvite(bare)
      expect(await world.store.invitesOf(undefined, 2_000)).toMatchObject([{ id: 'server', registers: true }])
      expect(await register(world, 'erin', 'server')).toMatchObject({ ok: true })
      expect(outcome(await enter(world, 'dave', 'server'))).toBe('not_found')
      await changeUser(world.store, 'alice', { role: 'member' })
      expect(await register(world, 'frank', 'server')).toEqual({ ok: false, code: 'invite_required' })
    })
  })

  describe('public conversations', () => {
    it('are found by title and topic, and joined by anyone; no others are', async () => {
      const world = await createWorld(open)
      await world.conversation('news', ['bob'], 'channel', '公司新闻')
      expect(outcome(await enter(world, 'dave', undefined, 'news'))).toBe('not_found')
      await world.commit('news', 'bob', { kind: 'meta', public: true, topic: 'What is NEW' })
      expect((await world.store.summaries('bob', 'news'))[0]).toMatchObject({ public: true })
      const found = async (query: string) => (await world.store.publicConversations('dave', query, 10)).map(({ id }) => id)
      expect([await found(''), await found('新闻'), await found('ｎｅｗ'), await found('old'), await found('room')]).toEqual([['news'], ['news'], ['news'], [], []])
      expect(outcome(await enter(world, 'dave', undefined, 'news'))).toBe('joined')
      expect(await world.store.publicConversations('dave', '', 10)).toEqual([{ id: 'news', kind: 'channel', title: '公司新闻', topic: 'What is NEW', memberCount: 2, member: true }])
      await world.commit('news', 'bob', { kind: 'meta', public: false })
      expect((await world.store.summaries('bob', 'news'))[0]).not.toHaveProperty('public')
      expect([outcome(await enter(world, 'carol', undefined, 'news')), await found('')]).toEqual(['not_found', []])
    })
  })
}
