import { describe, expect, it } from 'vitest'
import type { AuditEntry } from '#parley/server/chat/moderation-port.ts'
import { cid, createWorld, text, type OpenStore, type World } from '#parley/tests/contract/world.ts'

const entry = (act: AuditEntry['act'], extra: Partial<AuditEntry> = {}): AuditEntry => ({ actor: 'alice', act, address: '203.0.113.9', at: 5, ...extra })

const acts = async (world: World) => (await world.store.auditLines({ limit: 100 })).map(({ act }) => act)

async function hold(world: World, id: string, conversation: string): Promise<number> {
  const attachment = { id, name: 'a.bin', mime: 'application/octet-stream', size: 100 }
  await world.store.addAttachment({ attachment, uploader: 'alice', at: 1, expiresAt: 9_000_000 })
  return (await world.commit(conversation, 'alice', { kind: 'message', content: { type: 'file', attachment } })).seq
}

/** Settings, audit log, conversations as admins see them, their end, and what is stored. */
export function administrationContract(open: OpenStore): void {
  describe('settings', () => {
    it('are kept by name, replaced and forgotten, each with its line in the audit log', async () => {
      const { store } = await createWorld(open)
      expect(await store.settings()).toEqual({})
      await store.saveSetting('policies', { recallMinutes: 2, filter: { words: ['坏'] } }, entry('policy.change'))
      await store.saveSetting('registration', 'closed', entry('registration.mode'))
      await store.saveSetting('policies', { recallMinutes: null }, entry('policy.change'))
      expect(await store.settings()).toEqual({ policies: { recallMinutes: null }, registration: 'closed' })
      await store.saveSetting('registration', undefined, entry('registration.mode'))
      expect(await store.settings()).toEqual({ policies: { recallMinutes: null } })
      expect((await store.auditLines({ limit: 9 })).length).toBe(4)
    })
  })

  describe('the audit log', () => {
    it('is read newest first, by pages, and by who, what, on whom and when', async () => {
      const world = await createWorld(open)
      await world.store.recordAudit(entry('user.create', { target: 'bob', name: 'Bob', detail: { role: 'admin' }, at: 10 }))
      await world.store.recordAudit(entry('user.disable', { target: 'bob', actor: 'carol', at: 20 }))
      await world.store.recordAudit({ act: 'storage.free', address: '', at: 30 })
      const lines = await world.store.auditLines({ limit: 9 })
      expect(lines).toEqual([
        { num: 3, at: 30, act: 'storage.free', address: '' },
        { num: 2, at: 20, actor: { id: 'carol', username: 'carol', displayName: 'carol' }, act: 'user.disable', target: 'bob', address: '203.0.113.9' },
        { num: 1, at: 10, actor: { id: 'alice', username: 'alice', displayName: 'alice' }, act: 'user.create', target: 'bob', name: 'Bob', detail: { role: 'admin' }, address: '203.0.113.9' },
      ])
      const nums = async (query: object) => (await world.store.auditLines({ limit: 9, ...query })).map(({ num }) => num)
      expect(await nums({ limit: 2 })).toEqual([3, 2])
      expect(await nums({ before: 2 })).toEqual([1])
      expect([await nums({ act: 'user.disable' }), await nums({ actor: 'alice' }), await nums({ target: 'bob' }), await nums({ since: 20 }), await nums({ until: 20 })])
        .toEqual([[2], [1], [2, 1], [3, 2], [1]])
    })

    it('gets its line with the act or not at all', async () => {
      const world = await createWorld(open)
      const request = { conversation: 'room', actor: 'dave', cid: cid(1), at: 9, audit: entry('conversation.close') } as const
      await world.store.append({ ...request, change: { kind: 'meta', closed: true } })
      expect(await acts(world)).toEqual([])
      await world.store.append({ ...request, change: { kind: 'meta', closed: true }, authority: 'server' })
      expect(await acts(world)).toEqual(['conversation.close'])
    })
  })

  describe('conversations, for admins', () => {
    it('are listed newest first with counts and no content; direct ones have no title and are not found by one', async () => {
      const world = await createWorld(open)
      await world.conversation('pair', ['alice', 'bob'], 'direct')
      await world.conversation('news', ['bob'], 'channel', 'Ｎｅｗｓ 新闻')
      await world.say('room', 'bob', 'one')
      await hold(world, 'f', 'room')
      const ids = async (query: object) => (await world.store.conversationsForAdmin({ limit: 9, ...query })).map(({ id }) => id)
      expect(await ids({})).toEqual(['news', 'pair', 'room'])
      expect([await ids({ limit: 1 }), await ids({ after: 'news' }), await ids({ text: 'news' }), await ids({ text: '新闻' }), await ids({ kind: 'direct' }), await ids({ text: 'alice' })])
        .toEqual([['news'], ['pair', 'room'], ['news'], ['news'], ['pair'], []])
      const room = await world.store.conversationForAdmin('room')
      expect(room).toEqual({ id: 'room', kind: 'group', title: 'room', members: 3, entries: 2, messages: 2, fileBytes: 100, createdAt: 1_000, activeAt: world.now })
      expect((await world.store.largestConversations(1))[0]?.id).toBe('room')
      expect(await world.store.conversationForAdmin('nowhere')).toBeUndefined()
    })

    it('an orphan is one without an owner who can log in; an admin of the server makes a new owner by an event', async () => {
      const world = await createWorld(open)
      await world.conversation('club', ['bob', 'carol'])
      await world.store.changeUser('bob', { disabled: true }, [])
      expect(await world.store.conversationForAdmin('club')).toMatchObject({ orphan: true })
      const act = (n: number, change: Parameters<World['append']>[2]) => world.store.append({ conversation: 'club', actor: 'alice', cid: cid(n), at: 9, change, authority: 'server' })
      expect(await act(1, { kind: 'member', user: 'carol', change: 'role', role: 'owner' })).toMatchObject({ ok: true, event: { sender: 'alice' } })
      expect(await act(2, { kind: 'member', user: 'dave', change: 'join', role: 'owner' })).toMatchObject({ ok: true })
      expect(await act(3, { kind: 'member', user: 'dave', change: 'join' })).toMatchObject({ ok: false, code: 'bad_target' })
      expect(await act(4, { kind: 'member', user: 'nobody', change: 'join' })).toMatchObject({ ok: false, code: 'bad_target' })
      expect(await act(5, { kind: 'delete', target: 1 })).toMatchObject({ ok: false, code: 'bad_target' })
      expect((await world.store.conversationForAdmin('club'))?.orphan).toBeUndefined()
    })

    it('[S8, O5] a deleted one is gone for everybody at once, and all that hung on it soon', async () => {
      const world = await createWorld(open)
      await world.conversation('doomed', ['alice', 'bob'])
      await world.conversation('pair', ['alice', 'bob'], 'direct')
      for (let n = 0; n < 5; n++) await world.say('doomed', 'bob', `secret word ${n} @alice`)
      await world.edit('doomed', 'bob', 1, 'another secret')
      await world.react('doomed', 'alice', 2, '👍')
      await hold(world, 'f', 'doomed')
      await world.say('room', 'bob', 'secret elsewhere')
      await world.store.search({ user: 'bob', query: 'secret', limit: 9 })
      const resent = { conversation: 'doomed', actor: 'bob', cid: cid(0xDEAD), at: 1, change: { kind: 'message', content: text('secret again') } } as const
      await world.store.append(resent)
      expect(await world.store.deleteConversation('doomed', 77, entry('conversation.delete', { target: 'doomed' }))).toBe(true)
      expect(await world.store.deleteConversation('doomed', 78, entry('conversation.delete'))).toBe(false)
      expect(await world.store.deleteConversation('pair', 79, entry('conversation.delete'))).toBe(true)
      expect(await acts(world)).toEqual(['conversation.delete', 'conversation.delete'])
      expect(Object.keys(await world.store.heads('bob'))).toEqual(['room'])
      expect(await world.store.summaries('bob', 'doomed')).toEqual([])
      expect(await world.refusal('doomed', 'bob', { kind: 'message', content: text('more') })).toBe('not_found')
      expect(await world.store.conversationForAdmin('doomed')).toBeUndefined()
      let rounds = 1
      while (await world.store.purgeDeleted(3)) rounds++
      expect(rounds).toBeGreaterThan(2)
      expect(await world.log('doomed')).toEqual([])
      expect(await world.store.append(resent)).toMatchObject({ ok: false, code: 'not_found' })
      expect(await world.store.filesToErase(1, 9)).toEqual(['f'])
      expect((await world.store.search({ user: 'bob', query: 'secret', limit: 9 })).hits).toHaveLength(1)
      // What comes later gets a place and an arrival of its own.
      await world.conversation('later', ['alice', 'bob'])
      expect((await world.say('later', 'bob', 'secret of a new room')).seq).toBe(1)
      expect((await world.store.search({ user: 'bob', query: 'secret', limit: 9 })).hits).toHaveLength(2)
      expect(await world.store.createConversation({ id: 'pair 2', kind: 'direct', title: '', members: ['alice', 'bob'], at: 9 })).toEqual({ id: 'pair 2', created: true })
    })
  })

  describe('retention', () => {
    it('names messages that have had their time, by kind and by files, in order and in portions', async () => {
      const world = await createWorld(open)
      await world.conversation('pair', ['alice', 'bob'], 'direct')
      await world.say('room', 'bob', 'old')
      await world.say('pair', 'bob', 'old too')
      const file = await hold(world, 'f', 'room')
      await world.remove('room', 'bob', 1)
      const border = world.now + 1
      await world.say('room', 'bob', 'young')
      const query = { files: false, before: border, after: 0, limit: 9 }
      expect(await world.store.expiredMessages({ ...query, kind: 'direct' })).toEqual({ messages: [{ conversation: 'pair', seq: 1, sender: 'bob' }], after: 3, done: true })
      expect((await world.store.expiredMessages({ ...query, kind: 'group' })).messages).toEqual([{ conversation: 'room', seq: file, sender: 'alice' }])
      expect((await world.store.expiredMessages({ ...query, files: true })).messages).toEqual([{ conversation: 'room', seq: file, sender: 'alice' }])
      expect((await world.store.expiredMessages({ ...query, kind: 'channel' })).messages).toEqual([])
      expect(await world.store.expiredMessages({ ...query, kind: 'direct', limit: 1 })).toEqual({ messages: [], after: 1, done: false })
      expect(await world.store.expiredMessages({ ...query, kind: 'direct', after: 3 })).toEqual({ messages: [], after: 3, done: true })
    })

    it('[O5] what expired is a deletion that nobody did; it leaves its event and no content', async () => {
      const world = await createWorld(open)
      await world.say('room', 'bob', 'old')
      const result = await world.store.append({ conversation: 'room', actor: 'bob', cid: cid(1), at: 99, change: { kind: 'delete', target: 1, reason: 'expired' }, authority: 'server' })
      expect(result).toMatchObject({ ok: true, event: { seq: 2, kind: 'delete', target: 1, reason: 'expired' } })
      expect(await world.log('room')).toMatchObject([{ deleted: true }, { kind: 'delete', target: 1, reason: 'expired' }])
      const [message] = await world.messages('room')
      expect(message).toMatchObject({ deletedAt: 99 })
      expect(message).not.toHaveProperty('deletedBy')
      expect(message).not.toHaveProperty('content')
    })
  })

  describe('what is stored', () => {
    it('is counted: files, those that no message holds, and whose they are', async () => {
      const world = await createWorld(open)
      await hold(world, 'held', 'room')
      await world.store.addAttachment({ attachment: { id: 'loose', name: 'b', mime: 'text/plain', size: 7 }, uploader: 'bob', at: 1, expiresAt: 9_000_000 })
      const { files, uploaders, database } = await world.store.storedSizes()
      expect(files).toEqual({ count: 2, bytes: 107, unheld: { count: 1, bytes: 7 }, erasing: 0 })
      expect(uploaders.map(({ user, bytes }) => [user.id, bytes])).toEqual([['alice', 100], ['bob', 7]])
      expect(database.bytes).toBeGreaterThanOrEqual(0)
      await world.store.addAvatar({ id: 'hash', file: 'picture', mime: 'image/png', size: 3 }, 1, 0)
      expect(await world.store.unknownFiles(['held', 'stray', 'loose', 'picture'])).toEqual(['stray'])
      await world.store.filesToErase(10_000_000, 9)
      expect(await world.store.unknownFiles(['loose'])).toEqual([])
    })
  })
}
