import { describe, expect, it } from 'vitest'
import { changeUser, createWorld, type OpenStore } from '#parley/tests/contract/world.ts'

/** Conversations, members, positions and people. */
export function conversationsContract(open: OpenStore): void {
  describe('conversations', () => {
    it('[W2] a new one has head 0 and no events; its maker is the owner', async () => {
      const world = await createWorld(open)
      expect(await world.store.summaries('bob')).toEqual([{
        id: 'room', kind: 'group', title: 'room', memberCount: 3, head: 0, readSeq: 0, unread: 0, mentions: 0, role: 'member',
        notify: 'all', pinned: false, hidden: false, createdAt: 1_000,
        members: [['alice', 'owner'], ['bob', 'member'], ['carol', 'member']].map(([id, role]) =>
          ({ user: { id, username: id, displayName: id }, role, readSeq: 0, deliveredSeq: 0, state: 'offline' })),
      }])
      expect(await world.log('room')).toEqual([])
    })

    it('[§11] a direct conversation of the same two people is the same one, also of one alone', async () => {
      const world = await createWorld(open)
      const make = (id: string, members: string[]) => world.store.createConversation({ id, kind: 'direct', title: '', members, at: 1 })
      expect(await make('d1', ['alice', 'bob'])).toEqual({ id: 'd1', created: true })
      expect(await make('d2', ['bob', 'alice'])).toEqual({ id: 'd1', created: false })
      expect(await make('d3', ['alice'])).toEqual({ id: 'd3', created: true })
      expect(await make('d4', ['alice', 'alice'])).toEqual({ id: 'd3', created: false })
      expect(await make('d5', ['alice', 'carol'])).toEqual({ id: 'd5', created: true })
      expect(await world.store.owners('d1')).toEqual([])
      expect(await world.store.conversationIdsOf('alice')).toEqual(['room', 'd1', 'd3', 'd5'])
    })

    it('[§11] two requests for one direct conversation in the same tick make one', async () => {
      const world = await createWorld(open)
      const made = await Promise.all(['x', 'y'].map(id => world.store.createConversation({ id, kind: 'direct', title: '', members: ['alice', 'bob'], at: 1 })))
      expect(made).toEqual([{ id: 'x', created: true }, { id: 'x', created: false }])
    })

    it('an unknown member fails that request and nothing else', async () => {
      const world = await createWorld(open)
      const failed = world.store.createConversation({ id: 'bad', kind: 'group', title: '', members: ['alice', 'nobody'], at: 1 })
      const said = world.say('room', 'alice', 'hi')
      await expect(failed).rejects.toThrow('no such user')
      expect(await said).toMatchObject({ seq: 1 })
      expect(await world.store.conversationIdsOf('alice')).toEqual(['room'])
    })

    it('[§8] unread counts others\' messages that still stand above the read position', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'one')
      await world.say('room', 'bob', 'own')
      await world.say('room', 'alice', 'two @bob')
      await world.edit('room', 'alice', 1, 'one!')
      await world.react('room', 'alice', 2, '👍')
      await world.say('room', 'carol', 'gone @bob')
      await world.remove('room', 'carol', 6)
      await world.join('room', 'alice', 'dave')
      const of = async (user: string) => (await world.store.summaries(user, 'room'))[0]
      expect(await of('bob')).toMatchObject({ unread: 2, mentions: 1, readSeq: 0, head: 8 })
      await world.store.raisePositions('room', 'bob', { readSeq: 1 })
      expect(await of('bob')).toMatchObject({ unread: 1, mentions: 1, readSeq: 1 })
      await world.store.raisePositions('room', 'bob', { readSeq: 8 })
      expect(await of('bob')).toMatchObject({ unread: 0, mentions: 0 })
      expect(await of('alice')).toMatchObject({ unread: 1 })
    })

    it('[§8] what was said before one joined is not unread, and all of it can be read', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'early')
      await world.join('room', 'alice', 'dave')
      await world.say('room', 'alice', 'late')
      expect((await world.store.summaries('dave', 'room'))[0]).toMatchObject({ unread: 1, readSeq: 2 })
    })

    it('[§11] the summary ends with the last message, edited or deleted', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'one')
      await world.edit('room', 'alice', 1, 'one!')
      await world.react('room', 'bob', 1, '👍')
      const last = async () => (await world.store.summaries('bob', 'room'))[0]?.lastMessage
      expect(await last()).toMatchObject({ seq: 1, content: { text: 'one!' }, reactions: [{ emoji: '👍', users: ['bob'] }] })
      await world.remove('room', 'alice', 1)
      expect(await last()).toMatchObject({ seq: 1, deletedBy: 'alice' })
    })

    it('[§11] inlines 50 members and pages all of them by id', async () => {
      const world = await createWorld(open)
      for (let index = 0; index < 60; index++) await world.user(`extra${String(index).padStart(2, '0')}`)
      await world.conversation('big', ['bob', ...Array.from({ length: 60 }, (_, index) => `extra${String(index).padStart(2, '0')}`)])
      const summary = (await world.store.summaries('bob', 'big'))[0]
      expect(summary?.members).toHaveLength(50)
      expect(summary?.memberCount).toBe(61)
      const first = await world.store.memberPage('big', undefined, 40)
      const second = await world.store.memberPage('big', first.at(-1)?.user.id, 40)
      expect([...first, ...second].map(({ user }) => user.id)).toEqual((await world.store.membersOf('big')).toSorted())
      expect(await world.store.memberPage('nowhere', undefined, 40)).toEqual([])
    })

    it('a stranger sees nothing of a conversation', async () => {
      const world = await createWorld(open)
      expect(await world.store.summaries('dave')).toEqual([])
      expect(await world.store.summaries('dave', 'room')).toEqual([])
      expect(await world.store.roleOf('room', 'dave')).toBeUndefined()
      expect(await world.store.roleOf('nowhere', 'alice')).toBeUndefined()
      expect(await world.store.membersOf('nowhere')).toEqual([])
    })
  })

  describe('positions and settings', () => {
    it('[R18] positions only grow, and never above the head', async () => {
      const world = await createWorld(open)
      for (const word of ['a', 'b', 'c']) await world.say('room', 'alice', word)
      const raise = (state: { readSeq?: number, deliveredSeq?: number }) => world.store.raisePositions('room', 'bob', state)
      expect(await raise({ readSeq: 2 })).toEqual({ readSeq: 2, deliveredSeq: 0, changed: true })
      expect(await raise({ readSeq: 1 })).toEqual({ readSeq: 2, deliveredSeq: 0, changed: false })
      expect(await raise({ readSeq: 99, deliveredSeq: 3 })).toEqual({ readSeq: 3, deliveredSeq: 3, changed: true })
      expect(await raise({ deliveredSeq: 1 })).toEqual({ readSeq: 3, deliveredSeq: 3, changed: false })
      expect(await world.store.raisePositions('room', 'dave', { readSeq: 1 })).toBeUndefined()
      expect(await world.store.raisePositions('nowhere', 'bob', { readSeq: 1 })).toBeUndefined()
    })

    it('[§11] own settings; a setting not named stays', async () => {
      const world = await createWorld(open)
      await world.store.saveMemberSettings('room', 'bob', { notify: 'mentions', pinned: true, unreadFrom: 1 })
      await world.store.saveMemberSettings('room', 'bob', { hidden: true })
      await world.store.saveMemberSettings('room', 'dave', { hidden: true })
      expect((await world.store.summaries('bob', 'room'))[0]).toMatchObject({ notify: 'mentions', pinned: true, hidden: true, unreadFrom: 1 })
      await world.store.saveMemberSettings('room', 'bob', { unreadFrom: 0, pinned: false })
      expect((await world.store.summaries('bob', 'room'))[0]).not.toHaveProperty('unreadFrom')
      expect((await world.store.summaries('carol', 'room'))[0]).toMatchObject({ notify: 'all', pinned: false, hidden: false })
    })
  })

  it('[§11] a hidden conversation comes back with the next message, whoever writes it, and with nothing else', async () => {
    const world = await createWorld(open)
    const hidden = async (user = 'bob') => (await world.store.summaries(user, 'room'))[0]?.hidden
    await world.say('room', 'alice', 'one')
    await world.store.saveMemberSettings('room', 'bob', { hidden: true })
    await world.react('room', 'alice', 1, '👍')
    await world.edit('room', 'alice', 1, 'one!')
    expect([await hidden(), await hidden('carol')]).toEqual([true, false])
    await world.store.saveMemberSettings('room', 'bob', { pinned: true })
    expect(await hidden()).toBe(true)
    await world.say('room', 'carol', 'two')
    expect(await hidden()).toBe(false)
    await world.store.saveMemberSettings('room', 'bob', { hidden: true })
    expect(await hidden()).toBe(true)
    await world.store.saveMemberSettings('room', 'bob', { hidden: false })
    expect(await hidden()).toBe(false)
    await world.store.saveMemberSettings('room', 'bob', { hidden: true })
    await world.say('room', 'bob', 'own')
    expect(await hidden()).toBe(false)
  })

  describe('people', () => {
    it('contacts share a conversation', async () => {
      const world = await createWorld(open)
      await world.conversation('pair', ['bob', 'dave'], 'direct')
      expect(await world.store.contactsOf('bob')).toEqual(['alice', 'carol', 'dave'])
      expect(await world.store.contactsOf('dave')).toEqual(['bob'])
    })

    it('[§11] finds people by part of either name, whatever the case and width, without the disabled', async () => {
      const world = await createWorld(open)
      await world.user('u1', 'Jürgen Weiß', 'JWeiss')
      await world.user('u2', '张伟', 'zhangwei')
      const find = async (query: string, limit = 10) => (await world.store.findUsers(query, limit)).map(({ id }) => id)
      expect(await find('WEISS')).toEqual(['u1'])
      expect(await find('ＪＷ')).toEqual(['u1'])
      expect(await find('伟')).toEqual(['u2'])
      expect(await find('', 2)).toEqual(['alice', 'bob'])
      expect(await find('%')).toEqual([])
      await changeUser(world.store, 'u2', { disabled: true })
      expect(await find('伟')).toEqual([])
      expect(await world.store.usersById(['u2', 'nobody', 'alice', 'u2'])).toMatchObject([{ id: 'u2', displayName: '张伟' }, { id: 'alice' }])
    })

    it('remembers when people were last seen', async () => {
      const world = await createWorld(open)
      await world.store.saveLastSeen('bob', 50)
      await world.store.saveLastSeen('bob', 40)
      expect(await world.store.lastSeenOf(['bob', 'carol', 'nobody'])).toEqual(new Map([['bob', 50]]))
      expect((await world.store.memberPage('room', 'alice', 1))[0]).toMatchObject({ user: { id: 'bob' }, lastSeen: 50 })
    })
  })
}
