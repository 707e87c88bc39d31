import { describe, expect, it } from 'vitest'
import { limits } from '#parley/shared/protocol/index.ts'
import { timedEvents } from '#parley/server/chat/reading-port.ts'
import { createWorld, text, type OpenStore, type World } from '#parley/tests/contract/world.ts'

/** Pins, receipts with their times, and dates. */
export function readingContract(open: OpenStore): void {
  const pin = (world: World, actor: string, seq: number, on = true, conversation = 'room') =>
    world.refusal(conversation, actor, { kind: 'meta', pin: { seq, on } })
  const pinned = async (world: World, user = 'bob', conversation = 'room') =>
    (await world.store.summaries(user, conversation))[0]?.pins?.map(({ seq }) => seq)

  describe('pins', () => {
    it('[O7] are events of the log, in the summary of every member, the newest last', async () => {
      const world = await createWorld(open)
      for (const word of ['a', 'b', 'c']) await world.say('room', 'bob', word)
      for (const seq of [2, 1, 3]) expect(await pin(world, 'alice', seq)).toBe('accepted')
      expect((await world.log('room')).slice(3)).toMatchObject([2, 1, 3].map(seq => ({ kind: 'meta', sender: 'alice', pin: { seq, on: true } })))
      expect(await pinned(world)).toEqual([2, 1, 3])
      expect(await pinned(world, 'carol')).toEqual([2, 1, 3])
      expect((await world.store.summaries('bob'))[0]?.pins?.[0]).toEqual({ seq: 2, by: 'alice', at: 1_004 })
      await pin(world, 'alice', 2)
      expect(await pinned(world)).toEqual([1, 3, 2])
      await pin(world, 'alice', 3, false)
      expect(await pinned(world)).toEqual([1, 2])
      expect((await world.history({ conversation: 'room', limit: 10 }))?.notices).toHaveLength(5)
    })

    it('[O7] are given as they stand now, and to members only', async () => {
      const world = await createWorld(open)
      await world.say('room', 'bob', 'first')
      await pin(world, 'alice', 1)
      await world.edit('room', 'bob', 1, 'second')
      expect(await world.store.pinnedMessages('room', 'carol')).toMatchObject([{ seq: 1, by: 'alice', editedAt: 1_003, message: { seq: 1, content: text('second') } }])
      expect((await world.store.summaries('bob'))[0]?.pins?.[0]?.editedAt).toBe(1_003)
      expect(await world.store.pinnedMessages('room', 'dave')).toBeUndefined()
      expect(await world.store.pinnedMessages('nowhere', 'carol')).toBeUndefined()
    })

    it('[O7, O5] a deleted message loses its pin and gets none', async () => {
      const world = await createWorld(open)
      await world.say('room', 'bob', 'gone')
      await pin(world, 'alice', 1)
      await world.remove('room', 'bob', 1)
      expect(await pinned(world)).toBeUndefined()
      expect(await world.store.pinnedMessages('room', 'bob')).toEqual([])
      expect(await pin(world, 'alice', 1)).toBe('bad_target')
      expect(await pin(world, 'alice', 1, false)).toBe('accepted')
    })

    it('[O7, S8] who leads pins in a group and a channel, both do in a direct conversation', async () => {
      const world = await createWorld(open)
      await world.conversation('pair', ['alice', 'bob'], 'direct')
      await world.conversation('news', ['alice', 'bob'], 'channel')
      for (const id of ['room', 'pair', 'news']) await world.say(id, 'alice', 'x')
      expect(await pin(world, 'bob', 1)).toBe('forbidden')
      expect(await pin(world, 'bob', 1, true, 'news')).toBe('forbidden')
      expect(await pin(world, 'bob', 1, true, 'pair')).toBe('accepted')
      expect(await pin(world, 'alice', 1, false, 'pair')).toBe('accepted')
      expect(await pin(world, 'dave', 1)).toBe('not_found')
      expect(await world.refusal('pair', 'bob', { kind: 'meta', title: 'x' })).toBe('forbidden')
    })

    it('[O7] only messages are pinned, and no more than the limit', async () => {
      const world = await createWorld(open)
      await world.join('room', 'alice', 'dave')
      expect(await pin(world, 'alice', 1)).toBe('bad_target')
      expect(await pin(world, 'alice', 99)).toBe('bad_target')
      for (let n = 0; n <= limits.pins; n++) await world.say('room', 'alice', `m${n}`)
      for (let n = 0; n < limits.pins; n++) expect(await pin(world, 'alice', 2 + n)).toBe('accepted')
      expect(await pin(world, 'alice', 2 + limits.pins)).toBe('forbidden')
      expect(await pin(world, 'alice', 2)).toBe('accepted')
      expect(await pin(world, 'alice', 3, false)).toBe('accepted')
      expect(await pin(world, 'alice', 2 + limits.pins)).toBe('accepted')
    })
  })

  describe('receipts of a message', () => {
    const ask = (world: World, seq: number, reader = 'alice', more: { after?: string, limit?: number } = {}) =>
      world.store.receiptsOf({ conversation: 'room', reader, seq, limit: 100, ...more })

    it('[§8] say who has it and who read it, and when', async () => {
      const world = await createWorld(open)
      for (const word of ['a', 'b', 'c']) await world.say('room', 'alice', word)
      await world.store.raisePositions('room', 'bob', { deliveredSeq: 2, at: 5_000 })
      await world.store.raisePositions('room', 'bob', { readSeq: 1, at: 6_000 })
      await world.store.raisePositions('room', 'bob', { readSeq: 3, deliveredSeq: 3, at: 7_000 })
      await world.store.raisePositions('room', 'carol', { deliveredSeq: 3, at: 8_000 })
      expect(await ask(world, 1)).toEqual({
        seq: 1, at: 1_001, members: 2, delivered: 2, read: 1,
        people: [
          { user: { id: 'bob', username: 'bob', displayName: 'bob' }, state: 'read', deliveredAt: 5_000, readAt: 6_000 },
          { user: { id: 'carol', username: 'carol', displayName: 'carol' }, state: 'delivered', deliveredAt: 8_000 },
        ],
      })
      expect((await ask(world, 2))?.people).toMatchObject([{ state: 'read', deliveredAt: 5_000, readAt: 7_000 }, { state: 'delivered', deliveredAt: 8_000 }])
      await world.say('room', 'alice', 'd')
      expect(await ask(world, 4)).toMatchObject({ delivered: 0, read: 0, people: [{ state: 'none' }, { state: 'none' }] })
    })

    it('[§8] a position without a time is told without one, and times do not change later', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'a')
      await world.store.raisePositions('room', 'bob', { readSeq: 1 })
      await world.store.raisePositions('room', 'carol', { readSeq: 1, at: 5_000 })
      await world.store.raisePositions('room', 'carol', { readSeq: 1, at: 9_000 })
      expect((await ask(world, 1))?.people?.map(({ state, readAt }) => [state, readAt])).toEqual([['read', undefined], ['read', 5_000]])
    })

    it('[U-R4] leave out the author and who joined later', async () => {
      const world = await createWorld(open)
      await world.say('room', 'bob', 'a')
      await world.join('room', 'alice', 'dave')
      await world.say('room', 'bob', 'b')
      expect((await ask(world, 1))?.people?.map(({ user }) => user.id)).toEqual(['alice', 'carol'])
      expect((await ask(world, 3))?.people?.map(({ user }) => user.id)).toEqual(['alice', 'carol', 'dave'])
      expect((await world.store.summaries('bob'))[0]?.members.map(({ joinedSeq }) => joinedSeq)).toEqual([undefined, undefined, undefined, 2])
    })

    it('come by pages', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'a')
      const first = await ask(world, 1, 'alice', { limit: 1 })
      expect(first?.people?.map(({ user }) => user.id)).toEqual(['bob'])
      expect(first?.next).toBeDefined()
      const second = await ask(world, 1, 'alice', { limit: 1, after: first?.next })
      expect(second?.people?.map(({ user }) => user.id)).toEqual(['carol'])
    })

    it('[S8] are for members, and of messages', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'a')
      await world.react('room', 'bob', 1, '👍')
      expect(await ask(world, 1, 'dave')).toBeUndefined()
      expect(await ask(world, 2)).toBeUndefined()
      expect(await ask(world, 3)).toBeUndefined()
      expect(await ask(world, 2 ** 40)).toBeUndefined()
    })

    it('keep the times of the newest events only', async () => {
      const world = await createWorld(open)
      const seqs = timedEvents + 200
      await Promise.all(Array.from({ length: seqs }, (_, n) => world.say('room', 'alice', `m${n}`)))
      for (let seq = 10; seq <= seqs; seq += 10) await world.store.raisePositions('room', 'bob', { readSeq: seq, at: 100_000 + seq })
      const bob = async (seq: number) => (await ask(world, seq))?.people?.[0]
      expect(await bob(seqs)).toMatchObject({ state: 'read', readAt: 100_000 + seqs })
      expect(await bob(seqs - timedEvents + 5)).toMatchObject({ readAt: 100_000 + seqs - timedEvents + 10 })
      expect((await bob(1))?.readAt).not.toBe(100_010)
    })

    it('[U-R4] of very large conversations are counts', async () => {
      const world = await createWorld(open)
      const crowd = Array.from({ length: limits.receiptMembers }, (_, n) => `u${n}`)
      for (const id of crowd) await world.user(id)
      await world.conversation('stadium', ['alice', ...crowd])
      await world.say('stadium', 'alice', 'a')
      await world.store.raisePositions('stadium', 'u3', { readSeq: 1, at: 5_000 })
      await world.store.raisePositions('stadium', 'u4', { deliveredSeq: 1, at: 5_000 })
      expect(await world.store.receiptsOf({ conversation: 'stadium', reader: 'u1', seq: 1, limit: 100 }))
        .toEqual({ seq: 1, at: 1_001, members: limits.receiptMembers, delivered: 2, read: 1 })
    })
  })

  describe('a date', () => {
    it('[U-S7] leads to the first message from then on, before the beginning to the first, after the end to the last', async () => {
      const world = await createWorld(open)
      expect(await world.store.messageAt('room', 'bob', 0)).toBe(0)
      const at = async (time: number) => world.store.messageAt('room', 'bob', time)
      const say = (time: number) => world.append('room', 'alice', { kind: 'message', content: text('x') }, { at: time })
      for (const time of [10, 10, 20, 40]) await say(time)
      await world.react('room', 'alice', 1, '👍')
      await world.react('room', 'alice', 1, '🎉')
      await say(50)
      expect(await Promise.all([0, 10, 11, 20, 21, 40, 41, 50, 51].map(at))).toEqual([1, 1, 3, 3, 4, 4, 7, 7, 7])
      expect(await world.store.messageAt('room', 'dave', 0)).toBeUndefined()
      expect(await world.store.messageAt('nowhere', 'bob', 0)).toBeUndefined()
    })
  })

  describe('marked unread', () => {
    it('[§8] unread counts from the mark on, whatever was read, until the mark goes', async () => {
      const world = await createWorld(open)
      for (const word of ['a', 'b @bob', 'c']) await world.say('room', 'alice', word)
      await world.store.raisePositions('room', 'bob', { readSeq: 3 })
      await world.store.saveMemberSettings('room', 'bob', { unreadFrom: 2 })
      const own = async () => (await world.store.summaries('bob', 'room'))[0]
      expect(await own()).toMatchObject({ unread: 2, mentions: 1, unreadFrom: 2, readSeq: 3 })
      await world.say('room', 'alice', 'd')
      await world.store.raisePositions('room', 'bob', { readSeq: 4 })
      expect(await own()).toMatchObject({ unread: 3, unreadFrom: 2, readSeq: 4 })
      await world.store.saveMemberSettings('room', 'bob', { unreadFrom: 0 })
      expect(await own()).toMatchObject({ unread: 0, mentions: 0 })
    })
  })
}
