import { describe, expect, it } from 'vitest'
import type { Content } from '#parley/shared/model.ts'
import type { HistoryRequest } from '#parley/server/chat/ports.ts'
import { createWorld, text, type OpenStore, type World } from '#parley/tests/contract/world.ts'

/** Current messages, erasure and reactions. */
export function historyContract(open: OpenStore): void {
  async function read(world: World, request: Partial<HistoryRequest> = {}) {
    const page = await world.history({ conversation: 'room', limit: 50, ...request })
    if (!page) throw new Error('no such conversation')
    return { ...page, seqs: page.messages.map(({ seq }) => seq), noticeSeqs: page.notices.map(({ seq }) => seq) }
  }

  describe('history', () => {
    it('[Y3] applies edits, reactions and deletion', async () => {
      const world = await createWorld(open)
      const first = await world.say('room', 'alice', 'hello')
      const second = await world.say('room', 'bob', 'secret', 1)
      const edit = await world.edit('room', 'alice', 1, 'hello all')
      await world.react('room', 'carol', 1, '👍')
      const gone = await world.remove('room', 'alice', 2)
      expect(await world.messages('room')).toEqual([
        { seq: 1, cid: first.cid, sender: 'alice', at: first.at, content: text('hello all'), editedAt: edit.at, reactions: [{ emoji: '👍', users: ['carol'] }] },
        { seq: 2, cid: second.cid, sender: 'bob', at: second.at, replyTo: 1, deletedAt: gone.at, deletedBy: 'alice', reactions: [] },
      ])
    })

    it('[Y3] the newest without a cursor, then before, after and around, with cursors absent at the ends', async () => {
      const world = await createWorld(open)
      for (let index = 1; index <= 10; index++) await world.say('room', 'alice', `m${index}`)
      expect(await read(world, { limit: 3 })).toMatchObject({ seqs: [8, 9, 10], before: 8, head: 10, tip: (await world.log('room'))[9]?.cid })
      expect(await read(world, { limit: 3 })).not.toHaveProperty('after')
      expect(await read(world, { limit: 3, before: 8 })).toMatchObject({ seqs: [5, 6, 7], before: 5, after: 7 })
      expect(await read(world, { limit: 5, before: 3 })).toMatchObject({ seqs: [1, 2], after: 2 })
      expect(await read(world, { limit: 5, before: 3 })).not.toHaveProperty('before')
      expect(await read(world, { limit: 3, after: 4 })).toMatchObject({ seqs: [5, 6, 7], before: 5, after: 7 })
      expect(await read(world, { limit: 3, after: 8 })).toMatchObject({ seqs: [9, 10], before: 9 })
      expect(await read(world, { limit: 4, around: 5 })).toMatchObject({ seqs: [4, 5, 6, 7], before: 4, after: 7 })
      expect(await read(world, { limit: 50 })).not.toHaveProperty('before')
    })

    it('[Y3] cursors out of range give empty pages without cursors', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'one')
      await world.conversation('next', ['bob'])
      await world.say('next', 'bob', 'private')
      for (const request of [{ before: 1 }, { before: 0 }, { after: 1 }, { after: 2 ** 40 }]) {
        expect(await read(world, request)).toEqual({ messages: [], notices: [], head: 1, tip: expect.any(String), seqs: [], noticeSeqs: [] })
      }
      expect((await read(world, { before: 2 ** 40 })).seqs).toEqual([1])
      expect((await read(world, { around: 2 ** 40 })).seqs).toEqual([1])
    })

    it('[Y3] pages by messages, however many other events stand between them', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'one')
      for (let index = 0; index < 60; index++) await world.react('room', 'bob', 1, '👍', index % 2 === 0)
      await world.say('room', 'alice', 'two')
      expect(await read(world, { limit: 2 })).toMatchObject({ seqs: [1, 62], head: 62 })
      expect(await read(world, { limit: 1, before: 62 })).toMatchObject({ seqs: [1], after: 1 })
    })

    it('[Y3] every notice is in exactly one page of a walk through the history, at both ends too', async () => {
      const world = await createWorld(open)
      await world.join('room', 'alice', 'dave')
      await world.say('room', 'alice', 'two')
      await world.commit('room', 'alice', { kind: 'meta', title: 'three' })
      await world.say('room', 'alice', 'four')
      await world.leave('room', 'dave')
      expect(await read(world, { limit: 1 })).toMatchObject({ seqs: [4], noticeSeqs: [5], before: 4 })
      expect(await read(world, { limit: 1, before: 4 })).toMatchObject({ seqs: [2], noticeSeqs: [1, 3], after: 2 })
      expect(await read(world)).toMatchObject({ seqs: [2, 4], noticeSeqs: [1, 3, 5] })
    })

    it('[Y3] a page beyond the outermost message holds the notices that stand there', async () => {
      const world = await createWorld(open)
      await world.join('room', 'alice', 'dave')
      await world.say('room', 'alice', 'two')
      await world.leave('room', 'dave')
      expect(await read(world, { before: 2 })).toMatchObject({ seqs: [], noticeSeqs: [1] })
      expect(await read(world, { after: 2 })).toMatchObject({ seqs: [], noticeSeqs: [3] })
    })

    it('[Y3] a conversation without messages shows its notices', async () => {
      const world = await createWorld(open)
      expect(await read(world)).toMatchObject({ messages: [], notices: [], head: 0, tip: null })
      await world.join('room', 'alice', 'dave')
      expect(await read(world)).toMatchObject({ seqs: [], noticeSeqs: [1], head: 1 })
      expect(await world.history({ conversation: 'nowhere', limit: 5 })).toBeUndefined()
    })

    it('[S8] [X11] a reader who is no member gets the same answer as for no conversation', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'hello')
      expect((await world.history({ conversation: 'room', limit: 5, reader: 'alice' }))?.messages).toHaveLength(1)
      for (const reader of ['dave', 'nobody']) expect(await world.history({ conversation: 'room', limit: 5, reader })).toBeUndefined()
      expect(await world.history({ conversation: 'nowhere', limit: 5, reader: 'alice' })).toBeUndefined()
    })

    it('[S9] any text comes back as it was sent, also beside a reply, an edit and mentions', async () => {
      const world = await createWorld(open)
      const odd = '"quoted" \\ back\nline \u2028 \ud83d\ude00 @bob </script>'
      await world.say('room', 'alice', odd)
      await world.say('room', 'bob', odd, 1)
      await world.edit('room', 'bob', 2, `${odd} again`)
      const custom: Content = { type: 'custom', name: 'poll', data: { '}': ['{', { nested: null }] }, text: odd }
      await world.commit('room', 'alice', { kind: 'message', content: custom })
      expect((await world.messages('room')).map(({ content, replyTo }) => [content, replyTo])).toEqual([[text(odd), undefined], [text(`${odd} again`), 1], [custom, undefined]])
    })
  })

  describe('reactions', () => {
    it('stand in the order in which each emoji came, users in the order in which they reacted', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'one')
      await world.react('room', 'alice', 1, '👍')
      await world.react('room', 'bob', 1, '🎉')
      await world.react('room', 'carol', 1, '👍')
      await world.react('room', 'alice', 1, '👍', false)
      expect((await world.messages('room'))[0]?.reactions).toEqual([{ emoji: '👍', users: ['carol'] }, { emoji: '🎉', users: ['bob'] }])
      await world.react('room', 'carol', 1, '👍', false)
      await world.react('room', 'alice', 1, '👍')
      expect((await world.messages('room'))[0]?.reactions).toEqual([{ emoji: '🎉', users: ['bob'] }, { emoji: '👍', users: ['alice'] }])
    })

    it('[S9] one that changes nothing is an event like any other', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'one')
      await world.react('room', 'bob', 1, '👍')
      expect(await world.react('room', 'bob', 1, '👍')).toMatchObject({ seq: 3, on: true })
      expect(await world.react('room', 'carol', 1, '👍', false)).toMatchObject({ seq: 4, on: false })
      expect((await world.messages('room'))[0]?.reactions).toEqual([{ emoji: '👍', users: ['bob'] }])
    })
  })

  describe('deletion', () => {
    it('[O5] leaves the message event without content and its edits likewise', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'the secret for @bob')
      await world.edit('room', 'alice', 1, 'the other secret for @carol')
      await world.react('room', 'bob', 1, '👍')
      await world.remove('room', 'alice', 1)
      expect(JSON.stringify(await world.log('room'))).not.toContain('secret')
      expect(await world.log('room')).toMatchObject([{ kind: 'message', deleted: true }, { kind: 'edit', target: 1 }, { kind: 'reaction' }, { kind: 'delete', target: 1 }])
      for (const event of (await world.log('room')).slice(0, 2)) {
        expect(event).not.toHaveProperty('content')
        expect(event).not.toHaveProperty('mentions')
      }
      expect((await world.store.summaries('carol', 'room'))[0]).toMatchObject({ unread: 0, mentions: 0, lastMessage: { deletedBy: 'alice', reactions: [] } })
      expect((await world.store.search({ user: 'bob', query: 'secret', limit: 5 })).hits).toEqual([])
    })

    it('[O5] a resend of the erased op is a duplicate that gets the tombstone, whatever its body', async () => {
      const world = await createWorld(open)
      const cid = world.nextCid()
      await world.commit('room', 'alice', { kind: 'message', content: text('secret') }, { cid })
      await world.remove('room', 'alice', 1)
      const again = await world.append('room', 'alice', { kind: 'message', content: text('secret') }, { cid })
      expect(again).toMatchObject({ ok: true, duplicate: true, event: { seq: 1, deleted: true } })
      expect(await world.refusal('elsewhere', 'alice', { kind: 'message', content: text('secret') }, { cid })).toBe('cid_conflict')
    })

    it('[S9] deleting a deleted message is acknowledged; the first deletion stands', async () => {
      const world = await createWorld(open)
      await world.say('room', 'bob', 'one')
      const first = await world.remove('room', 'bob', 1)
      expect(await world.remove('room', 'alice', 1)).toMatchObject({ seq: 3, kind: 'delete', target: 1 })
      expect((await world.messages('room'))[0]).toMatchObject({ deletedAt: first.at, deletedBy: 'bob' })
    })

    it('[S9] a reaction to a deleted message is acknowledged without effect; an edit is refused', async () => {
      const world = await createWorld(open)
      await world.say('room', 'bob', 'one')
      await world.remove('room', 'bob', 1)
      expect(await world.react('room', 'alice', 1, '👍')).toMatchObject({ kind: 'reaction' })
      expect((await world.messages('room'))[0]?.reactions).toEqual([])
      expect(await world.refusal('room', 'bob', { kind: 'edit', target: 1, content: text('x') })).toBe('bad_target')
    })
  })
}
