import { describe, expect, it } from 'vitest'
import type { PushSubscription } from '#parley/server/chat/push-port.ts'
import { changeUser, createWorld, text, type OpenStore, type World } from '#parley/tests/contract/world.ts'

const endpoint = (name: string) => `https://push.example/${name}`

/** A world in which everybody has a log-in of their name that lasts until 100,000. */
async function pushWorld(open: OpenStore): Promise<World> {
  const world = await createWorld(open)
  for (const user of ['alice', 'bob', 'carol', 'dave']) {
    await world.store.createLogin({ id: `login of ${user}`, user, userAgent: '', address: '', createdAt: 1, lastSeenAt: 1, expiresAt: 100_000 })
  }
  return world
}

const of = (user: string, name = user, change: Partial<PushSubscription> = {}): PushSubscription =>
  ({ id: `sub ${name}`, user, login: `login of ${user}`, endpoint: endpoint(name), p256dh: 'key', auth: 'secret', createdAt: 1_000, ...change })

const due = async (world: World, from = 1, conversation = 'room') => (await world.store.pushTargets({ conversation, from, now: 2_000, limit: 100 }))?.targets ?? []

/** Push subscriptions, notification settings, and whom a message has to be pushed to. */
export function pushContract(open: OpenStore): void {
  describe('push subscriptions', () => {
    it('[A5] end with the log-in that they were made in, and are not kept for one that is over or somebody else\'s', async () => {
      const world = await pushWorld(open)
      const { store } = world
      expect(await store.savePushSubscription(of('bob'))).toBe('sub bob')
      expect(await store.savePushSubscription(of('bob', 'stolen', { login: 'login of alice' }))).toBeUndefined()
      expect(await store.savePushSubscription(of('bob', 'late', { createdAt: 100_000 }))).toBeUndefined()
      expect(await store.pushSubscriptionsOf('bob', 2_000)).toEqual([of('bob')])
      expect([await store.pushSubscriptionsOf('bob', 100_000), await store.hasPushSubscriptions(100_000), await store.hasPushSubscriptions(2_000)]).toEqual([[], false, true])
      await store.revokeLogin('bob', 'login of bob')
      expect([await store.pushSubscriptionsOf('bob', 2_000), await store.hasPushSubscriptions(2_000)]).toEqual([[], false])
    })

    it('one browser is one of them: the same user keeps its id, another takes it over', async () => {
      const { store } = await pushWorld(open)
      await store.savePushSubscription(of('bob'))
      expect(await store.savePushSubscription(of('bob', 'bob', { id: 'again', p256dh: 'new' }))).toBe('sub bob')
      expect((await store.pushSubscriptionsOf('bob', 2_000)).map(({ id, p256dh }) => [id, p256dh])).toEqual([['sub bob', 'new']])
      expect(await store.savePushSubscription(of('carol', 'bob', { id: 'of carol' }))).toBe('of carol')
      expect([await store.pushSubscriptionsOf('bob', 2_000), (await store.pushSubscriptionsOf('carol', 2_000)).map(({ id }) => id)]).toEqual([[], ['of carol']])
    })

    it('the newest twenty of a user stay; they are removed by their owner, and forgotten by their endpoint', async () => {
      const { store } = await pushWorld(open)
      for (let n = 0; n < 22; n++) await store.savePushSubscription(of('bob', `b${n}`))
      expect((await store.pushSubscriptionsOf('bob', 2_000)).map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, n) => `sub b${n + 2}`))
      expect([await store.removePushSubscription('carol', 'sub b5'), await store.removePushSubscription('bob', 'sub b5'), await store.removePushSubscription('bob', 'sub b5')]).toEqual([false, true, false])
      await store.forgetPushEndpoint(endpoint('b6'))
      expect(await store.pushSubscriptionsOf('bob', 2_000)).toHaveLength(18)
    })

    it('say which conversations they reach', async () => {
      const world = await pushWorld(open)
      await world.store.savePushSubscription(of('dave'))
      expect(await world.store.reachesByPush('room', 2_000)).toBe(false)
      await world.store.savePushSubscription(of('bob'))
      expect([await world.store.reachesByPush('room', 2_000), await world.store.reachesByPush('room', 100_000)]).toEqual([true, false])
    })
  })

  describe('notification settings', () => {
    it('are kept as they are saved, and nothing is set at first', async () => {
      const { store } = await pushWorld(open)
      expect(await store.notificationSettings('bob')).toEqual({ hideText: false })
      const settings = { hideText: true, quiet: { from: 1_320, to: 420, zone: 'Asia/Shanghai' }, pausedUntil: 5_000 }
      await store.saveNotificationSettings('bob', settings)
      expect(await store.notificationSettings('bob')).toEqual(settings)
      await store.saveNotificationSettings('bob', { hideText: false })
      expect(await store.notificationSettings('bob')).toEqual({ hideText: false })
    })
  })

  describe('whom to push to', () => {
    it('members with a subscription who have not read; never the sender, nor with an own message', async () => {
      const world = await pushWorld(open)
      for (const user of ['alice', 'bob', 'dave']) await world.store.savePushSubscription(of(user))
      await world.store.saveNotificationSettings('bob', { hideText: true })
      const { seq, at } = await world.say('room', 'alice', 'one')
      expect(await due(world)).toEqual([{
        user: 'bob', readSeq: 0, deliveredSeq: 0, notify: 'all', settings: { hideText: true }, seq, at, sender: 'alice', senderName: 'alice',
        content: text('one'), mentioned: false, unread: 1, badge: 1, subscriptions: [of('bob')],
      }])
      await world.say('room', 'carol', 'two')
      expect((await due(world)).map(({ user, seq: newest, unread }) => [user, newest, unread])).toEqual([['alice', 2, 1], ['bob', 2, 2]])
      await world.store.raisePositions('room', 'bob', { readSeq: 2, deliveredSeq: 2 })
      expect((await due(world)).map(({ user }) => user)).toEqual(['alice'])
      expect(await world.store.pushTargets({ conversation: 'nowhere', from: 1, now: 2_000, limit: 100 })).toBeUndefined()
    })

    it('only of what is new since `from`, as it stands now: edited, or deleted and then of nothing', async () => {
      const world = await pushWorld(open)
      await world.store.savePushSubscription(of('bob'))
      await world.say('room', 'alice', 'old')
      const { seq } = await world.say('room', 'alice', 'new')
      await world.commit('room', 'alice', { kind: 'edit', target: seq, content: text('better') })
      expect((await due(world, 2)).map(({ content, unread }) => [content, unread])).toEqual([[text('better'), 2]])
      await world.commit('room', 'alice', { kind: 'delete', target: seq })
      expect(await due(world, 2)).toEqual([])
    })

    it('by their own setting: with `mentions` of mentions only, with `none` never; nothing of somebody whom they block', async () => {
      const world = await pushWorld(open)
      for (const user of ['bob', 'carol']) await world.store.savePushSubscription(of(user))
      await world.store.saveMemberSettings('room', 'bob', { notify: 'mentions' })
      await world.say('room', 'alice', 'one')
      expect((await due(world)).map(({ user }) => user)).toEqual(['carol'])
      await world.say('room', 'alice', 'two @bob')
      await world.say('room', 'alice', 'three')
      expect((await due(world)).map(({ user, seq, mentioned, unread, badge }) => [user, seq, mentioned, unread, badge])).toEqual([['bob', 2, true, 1, 1], ['carol', 3, false, 3, 3]])
      await world.store.saveMemberSettings('room', 'bob', { notify: 'none' })
      await world.store.setBlock('carol', 'alice', true)
      expect(await due(world)).toEqual([])
    })

    it('the badge counts over all conversations, as the list does: muted ones and hidden ones not, marked ones once', async () => {
      const world = await pushWorld(open)
      await world.store.savePushSubscription(of('bob'))
      for (const id of ['muted', 'marked', 'hidden']) await world.conversation(id, ['alice', 'bob'])
      for (const id of ['muted', 'hidden', 'room', 'room']) await world.say(id, 'alice', 'hello')
      await world.store.saveMemberSettings('muted', 'bob', { notify: 'none' })
      await world.store.saveMemberSettings('marked', 'bob', { unreadFrom: 1 })
      await world.store.saveMemberSettings('hidden', 'bob', { hidden: true })
      expect((await due(world))[0]).toMatchObject({ unread: 2, badge: 3 })
      // A mark counts everything from it on again; a mention by somebody who is blocked is none.
      await world.say('room', 'carol', 'read')
      await world.store.raisePositions('room', 'bob', { readSeq: 3 })
      await world.store.saveMemberSettings('room', 'bob', { unreadFrom: 2 })
      await world.say('room', 'alice', 'again')
      expect((await due(world, 4))[0]).toMatchObject({ unread: 3, badge: 4 })
      await world.store.saveMemberSettings('muted', 'bob', { notify: 'mentions' })
      await world.store.setBlock('bob', 'alice', true)
      await world.say('muted', 'alice', 'hey @bob')
      await world.say('room', 'carol', 'more')
      expect((await due(world, 4))[0]).toMatchObject({ unread: 4, badge: 5 })
    })

    it('comes by pages, and disabled users and closed conversations are left alone', async () => {
      const world = await pushWorld(open)
      for (const user of ['bob', 'carol']) await world.store.savePushSubscription(of(user))
      await world.say('room', 'alice', 'one')
      const first = await world.store.pushTargets({ conversation: 'room', from: 1, now: 2_000, limit: 1 })
      const second = await world.store.pushTargets({ conversation: 'room', from: 1, now: 2_000, limit: 1, after: first!.next! })
      expect([first, second].map(page => page?.targets.map(({ user }) => user))).toEqual([['bob'], ['carol']])
      await changeUser(world.store, 'bob', { disabled: true })
      expect((await due(world)).map(({ user }) => user)).toEqual(['carol'])
      await world.commit('room', 'alice', { kind: 'meta', closed: true })
      expect(await world.store.pushTargets({ conversation: 'room', from: 1, now: 2_000, limit: 100 })).toBeUndefined()
    })
  })
}
