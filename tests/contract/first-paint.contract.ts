import { describe, expect, it } from 'vitest'
import type { FirstPaintViewer } from '#parley/server/chat/first-paint-port.ts'
import { readFirstPaintText } from '#parley/server/chat/first-paint-port.ts'
import type { FirstPaintView } from '#parley/shared/first-paint.ts'
import { createWorld, type OpenStore, type World } from '#parley/tests/contract/world.ts'

const read = async (world: World, user: string, at: { conversation?: string, around?: number } = {}, sizes = { conversations: 3, messages: 4 }): Promise<FirstPaintView | undefined> => {
  const text = await world.store.firstPaint({ viewer: { user }, ...at, ...sizes })
  if (text === undefined) return undefined
  const { user: whose, view } = readFirstPaintText(text)
  expect(whose).toBe(user)
  return JSON.parse(view) as FirstPaintView
}

const texts = (view: FirstPaintView | undefined) => view?.page?.messages.map(({ content }) => content?.text)

/** The one read behind a page that the server renders. */
export function firstPaintContract(open: OpenStore): void {
  describe('first paint', () => {
    it('is the top of the list and the last messages, each as the list and the history give them (Y3)', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'one')
      for (let n = 2; n <= 6; n++) await world.say('room', 'bob', `${n}`)
      const view = await read(world, 'alice', { conversation: 'room' })
      expect(texts(view)).toEqual(['3', '4', '5', '6'])
      expect(view?.page).toEqual(JSON.parse(await world.store.history({ conversation: 'room', reader: 'alice', limit: 4 }) ?? 'null'))
      expect(view?.conversations).toEqual(await world.store.summaries('alice', 'room'))
    })

    it('shows the messages around the one that is asked for', async () => {
      const world = await createWorld(open)
      for (let n = 1; n <= 9; n++) await world.say('room', 'bob', `${n}`)
      const view = await read(world, 'alice', { conversation: 'room', around: 4 })
      expect(texts(view)).toContain('4')
      expect(view?.page).toEqual(JSON.parse(await world.store.history({ conversation: 'room', reader: 'alice', limit: 4, around: 4 }) ?? 'null'))
    })

    it('[S8] gives a stranger nothing, of a conversation that exists or not', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'secret')
      expect(await read(world, 'dave', { conversation: 'room' })).toBeUndefined()
      expect(await read(world, 'alice', { conversation: 'nowhere' })).toBeUndefined()
      expect(await read(world, 'dave')).toEqual({ conversations: [], users: [] })
    })

    it('[A5] is of whoever a log-in or a token is of, and of nobody where there is none such', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'hello')
      await world.store.createLogin({ id: 'of-bob', user: 'bob', userAgent: '', address: '', createdAt: 1, lastSeenAt: 1, expiresAt: 2 })
      await world.store.createApiToken({ id: 'token', user: 'carol', name: 'script', createdAt: 1, hash: 'hash-of-carols' })
      const whose = async (viewer: FirstPaintViewer) => {
        const text = await world.store.firstPaint({ viewer, conversation: 'room', conversations: 1, messages: 1 })
        return text === undefined ? undefined : readFirstPaintText(text).user
      }
      expect(await whose({ login: 'of-bob' })).toBe('bob')
      expect(await whose({ token: 'hash-of-carols' })).toBe('carol')
      for (const viewer of [{ login: 'of-nobody' }, { token: 'of-bob' }, { login: 'hash-of-carols' }]) expect(await whose(viewer)).toBeUndefined()
      await world.store.revokeLogin('bob', 'of-bob')
      expect(await whose({ login: 'of-bob' })).toBeUndefined()
    })

    it('gives of each conversation what the list gives: counts, mentions, marks, pins, the last message as it stands, its reactions', async () => {
      const world = await createWorld(open)
      for (const id of ['read', 'mentioned', 'marked', 'changed', 'empty', 'blocked']) await world.conversation(id, ['alice', 'bob', 'carol'])
      const seen = await world.say('read', 'bob', 'seen')
      await world.store.raisePositions('read', 'alice', { readSeq: seen.seq })
      await world.say('mentioned', 'bob', '@alice look')
      await world.say('mentioned', 'alice', 'I do')
      const first = await world.say('marked', 'bob', 'one')
      await world.say('marked', 'carol', 'two')
      await world.store.saveMemberSettings('marked', 'alice', { unreadFrom: first.seq, notify: 'mentions' })
      const old = await world.say('changed', 'bob', 'before')
      await world.edit('changed', 'bob', old.seq, 'after')
      await world.react('changed', 'carol', old.seq, '👍')
      await world.commit('changed', 'alice', { kind: 'meta', pin: { seq: old.seq, on: true } })
      await world.store.setBlock('alice', 'carol', true)
      await world.say('blocked', 'carol', '@alice')
      const gone = await world.say('blocked', 'bob', 'gone')
      await world.remove('blocked', 'bob', gone.seq)
      const view = await read(world, 'alice', { conversation: 'changed' }, { conversations: 20, messages: 5 })
      const list = new Map((await world.store.summaries('alice')).map(summary => [summary.id, summary]))
      expect(view?.conversations).toHaveLength(list.size)
      for (const { members, ...summary } of view?.conversations ?? []) {
        const { members: all, ...same } = list.get(summary.id)!
        expect(summary).toEqual(same)
        expect(all.slice(0, members.length)).toEqual(members)
      }
      expect(list.get('mentioned')).toMatchObject({ unread: 1, mentions: 1 })
    })

    it('(U-C1) begins as the list does: pinned, then the latest; the opened one is among it however old, and what is hidden comes last', async () => {
      const world = await createWorld(open)
      for (const id of ['a', 'b', 'c', 'd']) {
        await world.conversation(id, ['alice', 'bob'])
        await world.say(id, 'bob', `in ${id}`)
      }
      await world.say('b', 'bob', 'again')
      await world.store.saveMemberSettings('a', 'alice', { pinned: true })
      await world.store.saveMemberSettings('d', 'alice', { hidden: true })
      const ids = async (at: { conversation?: string }, conversations: number) => (await read(world, 'alice', at, { conversations, messages: 1 }))?.conversations.map(({ id }) => id)
      expect(await ids({}, 3)).toEqual(['a', 'b', 'c'])
      expect(await ids({ conversation: 'd' }, 2)).toEqual(['d', 'a'])
      expect((await ids({}, 9))?.at(-1)).toBe('d')
    })

    it('names everyone whom it shows, members or not, and cuts the members of what is not opened', async () => {
      const world = await createWorld(open)
      await world.say('room', 'carol', 'last')
      const list = await read(world, 'alice')
      expect(list?.conversations[0]?.members).toHaveLength(2)
      const known = new Set([...list?.conversations.flatMap(({ members }) => members.map(({ user }) => user.id)) ?? [], ...list?.users.map(({ id }) => id) ?? []])
      expect(known).toContain('carol')
    })
  })
}
