import { describe, expect, it } from 'vitest'
import { changeUser, createWorld, type OpenStore, text, type World } from '#parley/tests/contract/world.ts'

const avatar = (id: string, file = `file of ${id}`) => ({ id, file, mime: 'image/png', size: 70 })

async function allMessages(world: World, user: string, limit: number): Promise<[string, number][]> {
  const found: [string, number][] = []
  for (let after: string | undefined, more = true; more;) {
    const page = await world.store.messagesOf(user, after, limit)
    found.push(...page.items.map(({ conversation, seq }): [string, number] => [conversation, seq]))
    after = page.next
    more = after !== undefined
  }
  return found
}

/** Profiles, blocks, avatars, and the end of an account. */
export function peopleContract(open: OpenStore): void {
  describe('profiles', () => {
    it('name, picture and status are what everybody sees, and what a search finds', async () => {
      const { store } = await createWorld(open)
      await store.addAvatar(avatar('a1'), 10, 0)
      const changed = { id: 'bob', username: 'bob', displayName: 'Ｂöb', avatar: 'a1', status: { emoji: '🌴', text: '放假', until: 99 } }
      expect(await store.saveProfile('bob', { displayName: 'Ｂöb', avatar: 'a1', status: { emoji: '🌴', text: '放假', until: 99 } })).toEqual(changed)
      expect(await store.usersById(['bob'])).toEqual([changed])
      expect((await store.summaries('alice', 'room'))[0]?.members.find(({ user }) => user.id === 'bob')?.user).toEqual(changed)
      expect((await store.findUsers('bö', 5)).map(({ id }) => id)).toEqual(['bob'])
      expect(await store.saveProfile('bob', { avatar: null, status: null })).toEqual({ id: 'bob', username: 'bob', displayName: 'Ｂöb' })
      expect(await store.saveProfile('bob', { avatar: 'unknown' })).toBeUndefined()
      expect(await store.saveProfile('nobody', { displayName: 'x' })).toBeUndefined()
    })

    it('what a user hides is told to nobody: how far they have read, when they were here', async () => {
      const world = await createWorld(open)
      const { store } = world
      const { seq } = await world.say('room', 'alice', 'hello')
      await store.saveLastSeen('bob', 500)
      await store.raisePositions('room', 'bob', { readSeq: seq, deliveredSeq: seq })
      await store.saveHidden('bob', { reads: true, presence: true })
      await store.saveLastSeen('bob', 600)
      const [summary] = await store.summaries('alice', 'room')
      expect(summary?.members.find(({ user }) => user.id === 'bob')).toMatchObject({ readSeq: 0, deliveredSeq: seq })
      expect(summary?.members.find(({ user }) => user.id === 'bob')?.lastSeen).toBeUndefined()
      expect(await store.lastSeenOf(['bob'])).toEqual(new Map())
      expect((await store.summaries('bob', 'room'))[0]).toMatchObject({ readSeq: seq, unread: 0 })
      expect((await store.receiptsOf({ conversation: 'room', reader: 'alice', seq, limit: 10 }))?.people?.find(({ user }) => user.id === 'bob')).toMatchObject({ state: 'delivered' })
      expect((await store.userById('bob'))?.hides).toEqual({ reads: true, presence: true })
      await store.saveHidden('bob', {})
      expect((await store.userById('bob'))?.hides).toBeUndefined()
      expect((await store.memberPage('room', undefined, 9)).find(({ user }) => user.id === 'bob')?.readSeq).toBe(seq)
    })
  })

  describe('avatars', () => {
    it('of the same content are one, and its file is the first one', async () => {
      const { store } = await createWorld(open)
      expect(await store.addAvatar(avatar('a1', 'f1'), 10, 0)).toBe('f1')
      expect(await store.addAvatar(avatar('a1', 'f2'), 20, 0)).toBe('f1')
      expect(await store.avatar('a1')).toEqual(avatar('a1', 'f1'))
      expect(await store.avatar('a2')).toBeUndefined()
    })

    it('are forgotten when nobody has them, and their files named for erasure', async () => {
      const world = await createWorld(open)
      const { store } = world
      for (const id of ['mine', 'shared', 'room', 'unused', 'young']) await store.addAvatar(avatar(id), id === 'young' ? 50 : 10, 0)
      await store.saveProfile('alice', { avatar: 'shared' })
      await store.saveProfile('bob', { avatar: 'shared' })
      await world.commit('room', 'alice', { kind: 'meta', avatar: 'room' })
      await store.saveProfile('carol', { avatar: 'mine' })
      await store.saveProfile('carol', { avatar: null })
      await store.saveProfile('bob', { avatar: null })
      await store.addAvatar(avatar('new'), 60, 40)
      expect(await Promise.all(['mine', 'shared', 'room', 'unused', 'young', 'new'].map(async id => await store.avatar(id) !== undefined))).toEqual([false, true, true, false, true, true])
      expect((await store.filesToErase(0, 9)).toSorted()).toEqual(['file of mine', 'file of unused'])
    })
  })

  describe('blocks', () => {
    it('[S9] whoever is blocked cannot add the one who blocked them, and counts as no mention to them', async () => {
      const world = await createWorld(open)
      const { store } = world
      await store.setBlock('dave', 'alice', true)
      await store.setBlock('bob', 'carol', true)
      expect(await store.blockersOf('alice', ['bob', 'dave'])).toEqual(['dave'])
      expect((await store.blockedBy('dave')).map(({ id }) => id)).toEqual(['alice'])
      expect((await store.userById('dave'))?.blocks).toBe(true)
      expect(await world.refusal('room', 'alice', { kind: 'member', user: 'dave', change: 'join', role: 'member' })).toBe('forbidden')
      await world.say('room', 'carol', 'hello @bob')
      await world.say('room', 'alice', 'hello @bob')
      expect((await store.summaries('bob', 'room'))[0]).toMatchObject({ unread: 2, mentions: 1 })
      await store.setBlock('dave', 'alice', false)
      expect(await world.refusal('room', 'alice', { kind: 'member', user: 'dave', change: 'join', role: 'member' })).toBe('accepted')
      expect((await store.userById('dave'))?.blocks).toBeUndefined()
    })
  })

  describe('what a user has', () => {
    it('is given page by page, in conversations that they have left too', async () => {
      const world = await createWorld(open)
      await world.conversation('other', ['alice', 'bob'])
      for (let n = 0; n < 5; n++) await world.say(n % 2 === 0 ? 'room' : 'other', 'bob', `m${n}`)
      await world.say('room', 'alice', 'not his')
      await world.edit('room', 'bob', 1, 'changed')
      await world.remove('room', 'bob', 2)
      await world.leave('other', 'bob')
      for (const limit of [1, 2, 100]) {
        expect((await allMessages(world, 'bob', limit)).toSorted()).toEqual([['other', 1], ['other', 2], ['room', 1], ['room', 2], ['room', 3]])
      }
      const { items } = await world.store.messagesOf('bob', undefined, 100)
      expect(items.find(({ conversation, seq }) => conversation === 'room' && seq === 1)).toMatchObject({ content: text('changed'), editedAt: expect.any(Number) as number })
      expect(items.find(({ conversation, seq }) => conversation === 'room' && seq === 2)).toEqual({ conversation: 'room', seq: 2, at: expect.any(Number) as number, deletedAt: expect.any(Number) as number })
      expect(await world.store.messagesOf('nobody', undefined, 100)).toEqual({ items: [] })
    })

    it('names the files that they uploaded', async () => {
      const { store } = await createWorld(open)
      for (const id of ['f1', 'f2']) await store.addAttachment({ attachment: { id, name: `${id}.txt`, mime: 'text/plain', size: 3 }, uploader: 'bob', at: 5, expiresAt: 99 })
      const first = await store.filesOf('bob', undefined, 1)
      expect(first.items).toEqual([{ id: 'f1', name: 'f1.txt', mime: 'text/plain', size: 3, at: 5 }])
      expect((await store.filesOf('bob', first.next, 5)).items.map(({ id }) => id)).toEqual(['f2'])
      expect((await store.filesOf('alice', undefined, 5)).items).toEqual([])
    })
  })

  describe('the end of an account', () => {
    const end = { at: 900, erase: true }

    it('takes log-ins, tokens, names, picture and blocks; the id stays for the messages, the user name is nobody else\'s', async () => {
      const world = await createWorld(open)
      const { store } = world
      await store.addAvatar(avatar('a1'), 10, 0)
      await store.saveProfile('bob', { avatar: 'a1', status: { text: 'hi' } })
      await store.createLogin({ id: 'l1', user: 'bob', userAgent: '', address: '', createdAt: 1, lastSeenAt: 1, expiresAt: 9_999 })
      await store.createApiToken({ id: 't1', user: 'bob', name: 'bot', hash: 'h1', createdAt: 1 })
      await store.setBlock('bob', 'alice', true)
      await world.say('room', 'bob', 'stays')
      const gone = { id: 'bob', username: 'deleted', displayName: 'Deleted account', deleted: true }
      expect(await store.closeAccount('bob', end)).toEqual({ ok: true, user: gone })
      expect(await store.closeAccount('bob', end)).toEqual({ ok: false, code: 'not_found' })
      expect([await store.login('l1', 5), await store.apiToken('h1'), await store.userByName('bob'), await store.avatar('a1')]).toEqual([undefined, undefined, undefined, undefined])
      expect([await store.blockedBy('bob'), await store.findUsers('bob', 5), await store.usersById(['bob'])]).toEqual([[], [], [gone]])
      expect(await store.changeUser('bob', { disabled: false }, [])).toBe('not_found')
      expect(await store.createUser({ id: 'bob2', username: 'bob', usernameKey: 'bob', displayName: 'bob', passwordHash: '', at: 1, mayBeFirst: true })).toEqual({ ok: false, code: 'username_taken' })
      expect((await world.messages('room'))[0]).toMatchObject({ sender: 'bob', content: text('stays') })
    })

    it('leaves the rest to be done: it is named until it is', async () => {
      const { store } = await createWorld(open)
      await store.closeAccount('bob', end)
      await store.closeAccount('carol', { at: 901, erase: false })
      expect(await store.closings()).toEqual([{ user: 'bob', erase: true }, { user: 'carol', erase: false }])
      await store.finishClosing('bob')
      expect(await store.closings()).toEqual([{ user: 'carol', erase: false }])
    })

    it('the last admin names another; a name that cannot be one is none', async () => {
      const { store } = await createWorld(open)
      await changeUser(store, 'carol', { disabled: true })
      for (const successor of [undefined, 'alice', 'carol', 'nobody']) {
        expect(await store.closeAccount('alice', { ...end, ...(successor === undefined ? {} : { successor }) })).toEqual({ ok: false, code: 'last_admin' })
      }
      expect(await store.closeAccount('alice', { ...end, successor: 'bob' })).toMatchObject({ ok: true })
      expect(await store.userById('bob')).toMatchObject({ role: 'admin' })
    })

    it('[O5] deletes what it wrote where it is no member any more, and nothing else', async () => {
      const world = await createWorld(open)
      const own = await world.say('room', 'bob', 'mine')
      const other = await world.say('room', 'alice', 'hers')
      await world.leave('room', 'bob')
      const closing = (change: Parameters<World['append']>[2], conversation = 'room') =>
        world.store.append({ conversation, actor: 'bob', cid: world.nextCid(), at: ++world.now, change, closing: true }).then(result => result.ok ? 'done' : result.code)
      expect(await closing({ kind: 'delete', target: other.seq })).toBe('forbidden')
      expect(await closing({ kind: 'message', content: text('back') })).toBe('forbidden')
      expect(await closing({ kind: 'delete', target: own.seq }, 'nowhere')).toBe('not_found')
      expect(await world.refusal('room', 'bob', { kind: 'delete', target: own.seq })).toBe('not_found')
      expect(await closing({ kind: 'delete', target: own.seq })).toBe('done')
      expect((await world.messages('room')).map(({ content }) => content)).toEqual([undefined, text('hers')])
    })
  })
}
