import { describe, expect, it } from 'vitest'
import type { AuditEntry } from '#parley/server/chat/moderation-port.ts'
import { cid, createWorld, text, type OpenStore, type World } from '#parley/tests/contract/world.ts'

const audit = (act: AuditEntry['act']): AuditEntry => ({ actor: 'alice', act, address: '', at: 5 })

const ban = (world: World, user: string, actor = 'alice') => world.store.append({
  conversation: 'room', actor, cid: world.nextCid(), at: ++world.now, change: { kind: 'member', user, change: 'leave' }, ban: { reason: 'spam' }, audit: audit('ban.add'),
})
const enter = (world: World, user: string, by?: string) => world.store.append({
  conversation: 'room', actor: user, cid: world.nextCid(), at: ++world.now, change: { kind: 'member', user, change: 'join', role: 'member' }, ...(by === undefined ? {} : { invite: by }),
})
const report = (id: string, extra: object = {}) => ({ id, conversation: 'room', seq: 1, reporter: 'carol', reason: 'spam', note: 'look', at: 40, ...extra }) as const

/** Bans, mutes, reports, checks before storing, and accounts in the hands of admins. */
export function moderationContract(open: OpenStore): void {
  describe('bans', () => {
    it('[S8] who is banned leaves, and comes back neither by invite nor into a public conversation, until lifted', async () => {
      const world = await createWorld(open)
      await world.store.createInvite({ id: 'i', hash: 'i', conversation: 'room', creator: 'alice', registers: false, createdAt: 1 })
      expect(await ban(world, 'carol', 'bob')).toMatchObject({ ok: false, code: 'forbidden' })
      expect(await ban(world, 'carol')).toMatchObject({ ok: true, event: { change: 'leave', user: 'carol' } })
      expect(await world.store.bansOf('room')).toMatchObject([{ user: { id: 'carol' }, by: { id: 'alice' }, at: world.now, reason: 'spam' }])
      await world.commit('room', 'alice', { kind: 'meta', public: true })
      expect(await enter(world, 'carol')).toMatchObject({ ok: false, code: 'not_found' })
      expect(await enter(world, 'carol', 'i')).toMatchObject({ ok: false, code: 'not_found' })
      expect(await enter(world, 'dave')).toMatchObject({ ok: true })
      expect(await world.store.liftBan('room', 'carol', audit('ban.lift'))).toBe(true)
      expect(await world.store.liftBan('room', 'carol', audit('ban.lift'))).toBe(false)
      expect(await enter(world, 'carol', 'i')).toMatchObject({ ok: true })
      expect((await world.store.auditLines({ limit: 9 })).map(({ act }) => act)).toEqual(['ban.lift', 'ban.add'])
    })

    it('whom an admin of the conversation brings back is no longer banned', async () => {
      const world = await createWorld(open)
      await ban(world, 'carol')
      await world.join('room', 'alice', 'carol')
      expect(await world.store.bansOf('room')).toEqual([])
    })
  })

  describe('mutes', () => {
    it('[S8] who is muted may take back but not write, edit or react, until it is over or lifted; leaving does not end it', async () => {
      const world = await createWorld(open)
      await world.say('room', 'bob', 'before')
      const mute = { until: 9_000, by: 'alice', at: 1, reason: 'calm down' }
      expect(await world.store.setMute('room', 'dave', mute, audit('mute.add'))).toBe(false)
      expect(await world.store.setMute('room', 'bob', mute, audit('mute.add'))).toBe(true)
      const content = text('hm')
      for (const change of [{ kind: 'message', content }, { kind: 'edit', target: 1, content }, { kind: 'reaction', target: 1, emoji: '👍', on: true }] as const) {
        expect(await world.refusal('room', 'bob', change)).toBe('forbidden')
      }
      expect(await world.store.summaries('bob', 'room')).toMatchObject([{ mutedUntil: 9_000, muteReason: 'calm down' }])
      expect((await world.store.memberPage('room', undefined, 9)).map(member => member.mutedUntil)).toEqual([undefined, 9_000, undefined])
      expect(await world.refusal('room', 'bob', { kind: 'delete', target: 1 })).toBe('accepted')
      await world.leave('room', 'bob')
      await world.join('room', 'alice', 'bob')
      expect(await world.refusal('room', 'bob', { kind: 'message', content })).toBe('forbidden')
      expect(await world.refusal('room', 'bob', { kind: 'message', content }, { at: 9_000 })).toBe('accepted')
      await world.store.setMute('room', 'bob', { ...mute, until: 99_000 }, audit('mute.add'))
      await world.store.setMute('room', 'bob', undefined, audit('mute.lift'))
      expect(await world.refusal('room', 'bob', { kind: 'message', content })).toBe('accepted')
      expect(await world.store.summaries('bob', 'room')).not.toMatchObject([{ mutedUntil: expect.any(Number) }])
    })
  })

  describe('checks before storing', () => {
    const send = (world: World, n: number, extra: object) => world.store.append({
      conversation: 'room', actor: 'bob', cid: cid(n), at: ++world.now, change: { kind: 'message', content: text('bad word @alice') }, ...extra,
    })

    it('[S3] a refusal found beforehand stands unless the op is committed already', async () => {
      const world = await createWorld(open)
      const refusal = { code: 'filtered', message: 'no' }
      expect(await send(world, 1, { refusal })).toEqual({ ok: false, ...refusal })
      expect(await send(world, 1, {})).toMatchObject({ ok: true, duplicate: false })
      expect(await send(world, 1, { refusal })).toMatchObject({ ok: true, duplicate: true })
    })

    it('[S3, S9] what is masked is kept so everywhere, and its op is still known by what was sent', async () => {
      const world = await createWorld(open)
      const masked = text('*** word @alice')
      expect(await send(world, 1, { masked })).toMatchObject({ ok: true, event: { content: masked, mentions: ['alice'] } })
      expect(await send(world, 1, {})).toMatchObject({ ok: true, duplicate: true, event: { content: masked } })
      expect(await world.messages('room')).toMatchObject([{ content: masked }])
      expect((await world.store.search({ user: 'bob', query: 'bad', limit: 9 })).hits).toEqual([])
      await world.store.append({ conversation: 'room', actor: 'bob', cid: cid(2), at: 99, change: { kind: 'edit', target: 1, content: text('bad again') }, masked: text('*** again') })
      expect(await world.messages('room')).toMatchObject([{ content: text('*** again') }])
    })

    it('[S8] an author edits within the limit only', async () => {
      const world = await createWorld(open)
      const { at } = await world.say('room', 'bob', 'typo')
      const edit = (late: number) => world.store.append({ conversation: 'room', actor: 'bob', cid: world.nextCid(), at: at + late, change: { kind: 'edit', target: 1, content: text('mended') }, editLimit: 100 })
      expect(await edit(100)).toMatchObject({ ok: true })
      expect(await edit(101)).toMatchObject({ ok: false, code: 'forbidden' })
    })
  })

  describe('reports', () => {
    it('keep the message as it was, once per reporter while open; strangers and what is gone are not found', async () => {
      const world = await createWorld(open)
      await world.say('room', 'bob', 'buy this')
      expect(await world.store.addReport(report('r1'))).toBe('added')
      expect(await world.store.addReport(report('r2'))).toBe('known')
      expect(await world.store.addReport(report('r3', { reporter: 'dave' }))).toBe('not_found')
      expect(await world.store.addReport(report('r4', { seq: 7 }))).toBe('not_found')
      expect(await world.store.addReport(report('r5', { reporter: 'alice', note: undefined, at: 41 }))).toBe('added')
      await world.edit('room', 'bob', 1, 'nothing to see')
      await world.remove('room', 'bob', 1)
      expect(await world.store.addReport(report('r6', { reporter: 'bob' }))).toBe('not_found')
      expect(await world.store.report('r1')).toEqual({
        id: 'r1', conversation: 'room', kind: 'group', title: 'room', seq: 1, reporter: { id: 'carol', username: 'carol', displayName: 'carol' },
        author: { id: 'bob', username: 'bob', displayName: 'bob' }, reason: 'spam', note: 'look', at: 40, messageAt: expect.any(Number), copy: text('buy this'), deleted: true, state: 'open',
      })
      const page = await world.store.reports('open', undefined, 1)
      expect([page.reports.map(({ id }) => id), page.open, page.next]).toEqual([['r5'], 2, expect.any(Number)])
      expect((await world.store.reports('open', page.next, 1)).reports.map(({ id }) => id)).toEqual(['r1'])
    })

    it('are closed together with the others about the same message; their reporters learn only that; copies go in time', async () => {
      const world = await createWorld(open)
      await world.say('room', 'bob', 'buy this')
      await world.store.addReport(report('r1'))
      await world.store.addReport(report('r2', { reporter: 'alice' }))
      expect(await world.store.ownReport('room', 1, 'carol')).toEqual({ seq: 1, at: 40, reviewed: false })
      expect(await world.store.closeReport('r1', 'resolved', 'alice', 50, audit('report.resolve'))).toBe(2)
      expect(await world.store.closeReport('r2', 'dismissed', 'alice', 51, audit('report.dismiss'))).toBe(0)
      expect(await world.store.ownReport('room', 1, 'carol')).toEqual({ seq: 1, at: 40, reviewed: true })
      expect(await world.store.ownReport('room', 1, 'bob')).toBeUndefined()
      expect(await world.store.report('r2')).toMatchObject({ state: 'resolved', closedAt: 50, closedBy: { id: 'alice' } })
      expect([await world.store.erasedReports(50), await world.store.erasedReports(51)]).toEqual([0, 2])
      expect(await world.store.report('r1')).not.toHaveProperty('copy')
      expect((await world.store.auditLines({ limit: 9 })).map(({ act }) => act)).toEqual(['report.resolve'])
      expect(await world.store.addReport(report('r3'))).toBe('added')
    })
  })

  describe('accounts in the hands of admins', () => {
    it('are found by name, role and state, by pages, with their log-ins', async () => {
      const { store } = await createWorld(open)
      await store.createLogin({ id: 'l', user: 'bob', userAgent: '', address: '', createdAt: 1, lastSeenAt: 1, expiresAt: 50 })
      await store.changeUser('carol', { disabled: true }, [])
      await store.saveHidden('alice', { reads: true, presence: true })
      await store.setBlock('alice', 'bob', true)
      expect(Object.keys((await store.userForAdmin('alice', 10))!).toSorted()).toEqual(['createdAt', 'disabled', 'displayName', 'id', 'role', 'sessions', 'username'])
      const names = async (query: object) => (await store.usersForAdmin({ limit: 9, now: 10, ...query })).map(({ id }) => id)
      expect([await names({}), await names({ limit: 2 }), await names({ after: 'bob' }), await names({ text: 'AR' }), await names({ only: 'admin' }), await names({ only: 'disabled' })])
        .toEqual([['alice', 'bob', 'carol', 'dave'], ['alice', 'bob'], ['carol', 'dave'], ['carol'], ['alice'], ['carol']])
      expect(await store.userForAdmin('bob', 10)).toEqual({ id: 'bob', username: 'bob', displayName: 'bob', role: 'member', disabled: false, createdAt: 1, sessions: 1 })
      expect(await store.userForAdmin('bob', 50)).toMatchObject({ sessions: 0 })
    })

    it('the last admin who can log in stays one, also when two admins end each other at once', async () => {
      const { store } = await createWorld(open)
      expect(await store.changeUser('alice', { role: 'member' }, [audit('user.role')])).toBe('last_admin')
      expect(await store.changeUser('alice', { disabled: true }, [audit('user.disable')])).toBe('last_admin')
      await store.changeUser('bob', { role: 'admin' }, [audit('user.role')])
      const ended = await Promise.all([store.changeUser('alice', { disabled: true }, [audit('user.disable')]), store.changeUser('bob', { role: 'member' }, [audit('user.role')])])
      expect(ended.toSorted()).toEqual(['changed', 'last_admin'])
      expect((await store.auditLines({ limit: 9 }))).toHaveLength(2)
    })

    it('[A5] a link for a new password works once, until its time, until replaced, and ends all log-ins', async () => {
      const { store } = await createWorld(open)
      await store.createLogin({ id: 'l', user: 'bob', userAgent: '', address: '', createdAt: 1, lastSeenAt: 1, expiresAt: 500 })
      const make = (hash: string) => store.createPasswordReset({ user: 'bob', hash, createdAt: 1, expiresAt: 100 }, audit('user.reset'))
      expect(await store.createPasswordReset({ user: 'nobody', hash: 'x', createdAt: 1, expiresAt: 100 }, audit('user.reset'))).toBe(false)
      await make('first')
      await make('second')
      expect([await store.passwordReset('first', 5), await store.passwordReset('second', 100)]).toEqual([undefined, undefined])
      expect(await store.passwordReset('second', 5)).toEqual({ user: 'bob', username: 'bob', displayName: 'bob', expiresAt: 100 })
      const use = () => store.usePasswordReset('second', 5, 'new hash', audit('user.password'))
      expect((await Promise.all([use(), use()])).filter(ended => ended !== undefined)).toEqual([['l']])
      expect(await store.userById('bob')).toMatchObject({ passwordHash: 'new hash' })
      expect(await store.login('l', 5)).toBeUndefined()
      await make('third')
      await store.changeUser('bob', { disabled: true }, [])
      expect(await store.usePasswordReset('third', 5, 'stolen', audit('user.password'))).toBeUndefined()
    })
  })
}
