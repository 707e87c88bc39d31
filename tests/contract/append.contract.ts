import { describe, expect, it } from 'vitest'
import type { LogChange } from '#parley/server/chat/ports.ts'
import { changeUser, createWorld, type OpenStore, text } from '#parley/tests/contract/world.ts'

const message = (words: string): LogChange => ({ kind: 'message', content: text(words) })

/** Idempotency, order, permission and what an append changes. */
export function appendContract(open: OpenStore): void {
  describe('append', () => {
    it('[O1] numbers events from 1 without holes, each conversation by itself', async () => {
      const world = await createWorld(open)
      await world.conversation('other', ['bob'])
      await world.say('room', 'alice', 'one')
      await world.say('other', 'bob', 'two')
      await world.react('room', 'bob', 1, '👍')
      await world.say('room', 'carol', 'three')
      expect((await world.log('room')).map(event => event.seq)).toEqual([1, 2, 3])
      expect((await world.log('other')).map(event => event.seq)).toEqual([1])
    })

    it('[S9] the event holds what was sent, with sender, seq and time from the server', async () => {
      const world = await createWorld(open)
      const content = { type: 'custom', name: 'poll', data: { options: ['a', 2, null], deep: { on: true } }, text: 'a poll' } as const
      const event = await world.commit('room', 'bob', { kind: 'message', content: { ...content, data: { options: ['a', 2, null], deep: { on: true } } } })
      expect(event).toEqual({ kind: 'message', seq: 1, cid: event.cid, sender: 'bob', at: world.now, content })
      expect(await world.log('room')).toEqual([event])
    })

    it('[S3] the same op again gets the same event, marked as duplicate, and no second one', async () => {
      const world = await createWorld(open)
      const cid = world.nextCid()
      const first = await world.append('room', 'alice', message('hello'), { cid, at: 5 })
      const again = await world.append('room', 'alice', message('hello'), { cid, at: 9 })
      expect(first).toMatchObject({ ok: true, duplicate: false })
      expect(again).toEqual({ ...first, duplicate: true })
      expect(await world.log('room')).toHaveLength(1)
    })

    it('[S3] copies of one op in the same tick give one event and one duplicate', async () => {
      const world = await createWorld(open)
      const cid = world.nextCid()
      const results = await Promise.all([1, 2, 3].map(() => world.append('room', 'alice', message('hello'), { cid, at: 5 })))
      expect(results.map(result => result.ok && result.duplicate)).toEqual([false, true, true])
      expect(await world.log('room')).toHaveLength(1)
    })

    it('[S3] the order of keys does not make another op', async () => {
      const world = await createWorld(open)
      const cid = world.nextCid()
      await world.append('room', 'alice', { kind: 'message', content: { type: 'text', text: 'hello' } }, { cid })
      const again = await world.append('room', 'alice', { content: { text: 'hello', type: 'text' }, kind: 'message' }, { cid })
      expect(again).toMatchObject({ ok: true, duplicate: true })
    })

    it('[S3] the same cid with another body or in another conversation is a conflict', async () => {
      const world = await createWorld(open)
      await world.conversation('other', ['alice'])
      const cid = world.nextCid()
      await world.append('room', 'alice', message('hello'), { cid })
      expect(await world.refusal('room', 'alice', message('hello!'), { cid })).toBe('cid_conflict')
      expect(await world.refusal('room', 'alice', { kind: 'delete', target: 1 }, { cid })).toBe('cid_conflict')
      expect(await world.refusal('other', 'alice', message('hello'), { cid })).toBe('cid_conflict')
      expect(await world.refusal('nowhere', 'alice', message('hello'), { cid })).toBe('cid_conflict')
    })

    it('[X30] a cid is scoped to its sender', async () => {
      const world = await createWorld(open)
      const cid = world.nextCid()
      await world.append('room', 'alice', message('of alice'), { cid })
      expect(await world.append('room', 'bob', message('of bob'), { cid })).toMatchObject({ ok: true, duplicate: false, event: { seq: 2 } })
    })

    it('[S3] dedupe comes before permission: a committed op is acknowledged after its sender has left', async () => {
      const world = await createWorld(open)
      const cid = world.nextCid()
      await world.append('room', 'bob', message('bye'), { cid })
      await world.leave('room', 'bob')
      expect(await world.append('room', 'bob', message('bye'), { cid })).toMatchObject({ ok: true, duplicate: true, event: { seq: 1 } })
      expect(await world.refusal('room', 'bob', message('more'))).toBe('not_found')
    })

    it('[S3] a refused cid was never committed and may be tried again', async () => {
      const world = await createWorld(open)
      const cid = world.nextCid()
      expect(await world.refusal('room', 'dave', message('hi'), { cid })).toBe('not_found')
      await world.join('room', 'alice', 'dave')
      expect(await world.append('room', 'dave', message('hi'), { cid })).toMatchObject({ ok: true, duplicate: false })
    })

    it('[S8] a stranger, an unknown user and an unknown conversation get the same answer', async () => {
      const world = await createWorld(open)
      const answers = [
        await world.append('room', 'dave', message('x')),
        await world.append('nowhere', 'alice', message('x')),
        await world.append('room', 'nobody', message('x')),
      ]
      expect(answers).toEqual(Array.from({ length: 3 }, () => ({ ok: false, code: 'not_found', message: 'there is no such conversation' })))
    })

    it('[S8] target must exist and be a message', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'one')
      await world.react('room', 'bob', 1, '👍')
      for (const target of [2, 3, 99, 2 ** 31, 2 ** 52]) {
        expect(await world.refusal('room', 'alice', { kind: 'edit', target, content: text('x') })).toBe('bad_target')
        expect(await world.refusal('room', 'alice', { kind: 'delete', target })).toBe('bad_target')
        expect(await world.refusal('room', 'alice', { kind: 'reaction', target, emoji: '👍', on: true })).toBe('bad_target')
        expect(await world.refusal('room', 'alice', { kind: 'message', content: text('x'), replyTo: target })).toBe('bad_target')
      }
      expect(await world.log('room')).toHaveLength(2)
    })

    it('[S8] a target in a neighbouring conversation cannot be reached by a large seq', async () => {
      const world = await createWorld(open)
      await world.conversation('next', ['bob'])
      await world.say('next', 'bob', 'private')
      expect(await world.refusal('room', 'alice', { kind: 'reaction', target: 2 ** 30 + 1, emoji: '👍', on: true })).toBe('bad_target')
    })

    it('[S8] facts are read in the transaction: of two ops in one tick the second sees the first', async () => {
      const world = await createWorld(open)
      const [left, late] = await Promise.all([
        world.append('room', 'bob', { kind: 'member', user: 'bob', change: 'leave' }),
        world.append('room', 'bob', message('too late')),
      ])
      expect(left).toMatchObject({ ok: true })
      expect(late).toMatchObject({ ok: false, code: 'not_found' })
    })

    it('[S8] the recall limit holds for the author and not for admins', async () => {
      const world = await createWorld(open)
      const { seq, at } = await world.say('room', 'bob', 'old')
      expect(await world.refusal('room', 'bob', { kind: 'delete', target: seq }, { at: at + 101, recallLimit: 100 })).toBe('forbidden')
      expect(await world.refusal('room', 'alice', { kind: 'delete', target: seq }, { at: at + 101, recallLimit: 100 })).toBe('accepted')
    })

    it('[S9] one who is blocked by the other in a direct conversation gets forbidden', async () => {
      const world = await createWorld(open)
      await world.conversation('pair', ['alice', 'bob'], 'direct')
      await world.store.setBlock('bob', 'alice', true)
      expect(await world.refusal('pair', 'alice', message('hi'))).toBe('forbidden')
      expect(await world.refusal('pair', 'bob', message('hi'))).toBe('accepted')
      expect(await world.refusal('room', 'alice', message('hi'))).toBe('accepted')
      await world.store.setBlock('bob', 'alice', false)
      expect(await world.refusal('pair', 'alice', message('hi'))).toBe('accepted')
    })

    it('[S6] a run of ops issued without waiting is committed in that order', async () => {
      const world = await createWorld(open)
      const words = Array.from({ length: 50 }, (_, index) => `m${index}`)
      await Promise.all(words.map(word => world.say('room', 'alice', word)))
      expect((await world.messages('room')).map(({ content }) => content?.text)).toEqual(words)
    })
  })

  describe('members and meta', () => {
    it('[§11] join, role and leave change who is a member, each with an event', async () => {
      const world = await createWorld(open)
      await world.join('room', 'alice', 'dave', 'admin')
      expect(await world.store.roleOf('room', 'dave')).toBe('admin')
      await world.commit('room', 'alice', { kind: 'member', user: 'dave', change: 'role', role: 'member' })
      expect(await world.store.roleOf('room', 'dave')).toBe('member')
      await world.leave('room', 'alice', 'dave')
      expect(await world.store.roleOf('room', 'dave')).toBeUndefined()
      expect(await world.log('room')).toMatchObject([
        { kind: 'member', user: 'dave', change: 'join', role: 'admin', sender: 'alice' },
        { kind: 'member', user: 'dave', change: 'role', role: 'member' },
        { kind: 'member', user: 'dave', change: 'leave' },
      ])
      expect(await world.store.membersOf('room')).toEqual(['alice', 'bob', 'carol'])
    })

    it('[§11] joining twice, a stranger leaving and an unknown or disabled user are bad targets', async () => {
      const world = await createWorld(open)
      await changeUser(world.store, 'dave', { disabled: true })
      const change = (user: string, what: 'join' | 'leave'): LogChange => ({ kind: 'member', user, change: what })
      expect(await world.refusal('room', 'alice', change('bob', 'join'))).toBe('bad_target')
      expect(await world.refusal('room', 'alice', change('nobody', 'join'))).toBe('bad_target')
      expect(await world.refusal('room', 'alice', change('dave', 'join'))).toBe('bad_target')
      expect(await world.refusal('room', 'alice', change('dave', 'leave'))).toBe('bad_target')
    })

    it('[§11] the last owner cannot be demoted', async () => {
      const world = await createWorld(open)
      const demote: LogChange = { kind: 'member', user: 'alice', change: 'role', role: 'member' }
      expect(await world.refusal('room', 'alice', demote)).toBe('forbidden')
      await world.commit('room', 'alice', { kind: 'member', user: 'bob', change: 'role', role: 'owner' })
      expect(await world.refusal('room', 'alice', demote)).toBe('accepted')
      expect(await world.store.owners('room')).toEqual(['bob'])
    })

    it('[§11] the oldest admin inherits, else the oldest member', async () => {
      const world = await createWorld(open)
      expect(await world.store.heirOf('room', 'alice')).toBe('bob')
      await world.commit('room', 'alice', { kind: 'member', user: 'carol', change: 'role', role: 'admin' })
      expect(await world.store.heirOf('room', 'alice')).toBe('carol')
      await world.conversation('alone', ['dave'])
      expect(await world.store.heirOf('alone', 'dave')).toBeUndefined()
    })

    it('[§11] a closed conversation takes nothing more, but members may leave', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'one')
      await world.commit('room', 'alice', { kind: 'meta', closed: true })
      expect(await world.refusal('room', 'alice', message('more'))).toBe('conversation_closed')
      expect(await world.refusal('room', 'alice', { kind: 'reaction', target: 1, emoji: '👍', on: true })).toBe('conversation_closed')
      expect(await world.refusal('room', 'alice', { kind: 'member', user: 'bob', change: 'leave' })).toBe('conversation_closed')
      expect(await world.refusal('room', 'bob', { kind: 'member', user: 'bob', change: 'leave' })).toBe('accepted')
    })

    it('meta changes title and topic, and leaves alone what it does not name', async () => {
      const world = await createWorld(open)
      await world.commit('room', 'alice', { kind: 'meta', title: '上海', topic: 'trip' })
      await world.commit('room', 'alice', { kind: 'meta', topic: 'summer trip' })
      expect((await world.store.summaries('bob', 'room'))[0]).toMatchObject({ title: '上海', topic: 'summer trip' })
    })
  })

  describe('mentions', () => {
    it('[S9] resolves members by name, folded, once each, in order; nobody else', async () => {
      const world = await createWorld(open)
      await world.user('u-zhang', '张小三', '张小三')
      await world.join('room', 'alice', 'u-zhang')
      const event = await world.say('room', 'alice', 'hi @BOB, @carol. 你好＠张小三 and @bob @dave @nobody a@carol.org')
      expect(event).toMatchObject({ mentions: ['bob', 'carol', 'u-zhang'] })
      expect(await world.say('room', 'alice', 'nobody here')).not.toHaveProperty('mentions')
    })

    it('[S9] a trailing dot belongs to the name only if such a user exists', async () => {
      const world = await createWorld(open)
      await world.user('u-dot', 'Dot', 'bob.')
      expect(await world.say('room', 'alice', 'thanks @bob.')).toMatchObject({ mentions: ['bob'] })
      await world.join('room', 'alice', 'u-dot')
      expect(await world.say('room', 'alice', 'thanks @bob.')).toMatchObject({ mentions: ['u-dot'] })
    })

    it('[S9] @all means everybody in small groups, and for admins only in groups of more than 20', async () => {
      const world = await createWorld(open)
      expect(await world.say('room', 'bob', '@all lunch')).toMatchObject({ mentions: ['alice', 'bob', 'carol'] })
      for (let index = 0; index < 18; index++) {
        await world.user(`extra${index}`)
        await world.join('room', 'alice', `extra${index}`)
      }
      expect(await world.say('room', 'bob', '@all lunch')).not.toHaveProperty('mentions')
      expect(await world.say('room', 'alice', '@all lunch')).toHaveProperty('mentions.length', 21)
    })

    it('[S9] an edit mentions anew', async () => {
      const world = await createWorld(open)
      const { seq } = await world.say('room', 'alice', 'hi @bob')
      expect(await world.edit('room', 'alice', seq, 'hi @carol')).toMatchObject({ mentions: ['carol'] })
      expect((await world.messages('room'))[0]?.mentions).toEqual(['carol'])
      expect((await world.store.summaries('bob', 'room'))[0]?.mentions).toBe(0)
      expect((await world.store.summaries('carol', 'room'))[0]?.mentions).toBe(1)
    })
  })
}
