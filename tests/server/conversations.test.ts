import { describe, expect, it } from 'vitest'
import type { HistoryResponse } from '#parley/shared/http.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'

async function people() {
  const harness = new ServerHarness()
  await harness.users('ana', 'ben', 'cleo', 'dan')
  return harness
}

describe('making a conversation', () => {
  it('a direct conversation of the same two people is the same one, whoever asks', async () => {
    const harness = await people()
    const one = await harness.chat.createConversation('ana', { kind: 'direct', title: 'ignored', members: ['ben'] })
    const two = await harness.chat.createConversation('ben', { kind: 'direct', title: '', members: ['ana'] })
    expect(one.ok && one.value).toMatchObject({ kind: 'direct', title: '', memberCount: 2, head: 0 })
    expect(two.ok && two.value.id).toBe(one.ok && one.value.id)
  })

  it('with nobody else it is notes to self, once', async () => {
    const harness = await people()
    const one = await harness.chat.createConversation('ana', { kind: 'direct', title: '', members: ['ana'] })
    const two = await harness.chat.createConversation('ana', { kind: 'direct', title: '', members: [] })
    expect(one.ok && one.value.memberCount).toBe(1)
    expect(two.ok && two.value.id).toBe(one.ok && one.value.id)
  })

  it('members get a conversation frame and its events, the maker\'s other tabs too', async () => {
    const harness = await people()
    const [ana, ben, dan] = [await harness.connect('ana'), await harness.connect('ben'), await harness.connect('dan')]
    const group = await harness.group('ana', 'ben', 'cleo')
    expect(ana.of('conversation')[0]?.conversation).toMatchObject({ id: group, role: 'owner' })
    expect(ben.of('conversation')[0]?.conversation).toMatchObject({ id: group, role: 'member', head: 0 })
    await harness.chat.submit('cleo', harness.op(group, 'hi'))
    await settle()
    for (const pair of [ana, ben]) expect(pair.of('event').map(frame => frame.event.seq)).toEqual([1])
    expect(dan.of('conversation')).toEqual([])
    expect(dan.of('event')).toEqual([])
  })

  it.each([
    [{ kind: 'group', title: '  ', members: [] }, 'empty'],
    [{ kind: 'group', title: 'x'.repeat(121), members: [] }, 'too_long'],
    [{ kind: 'channel', title: 'a\0b', members: [] }, 'bad_content'],
    [{ kind: 'group', title: 'ok', members: ['nobody'] }, 'not_found'],
    [{ kind: 'direct', title: '', members: ['ben', 'cleo'] }, 'bad_target'],
  ] as const)('%j is refused as %s', async (request, code) => {
    const harness = await people()
    expect(await harness.chat.createConversation('ana', { ...request, members: [...request.members] })).toMatchObject({ ok: false, code })
  })

  it('in a channel only owner and admins send', async () => {
    const harness = await people()
    const made = await harness.chat.createConversation('ana', { kind: 'channel', title: 'news', members: ['ben'] })
    const channel = made.ok ? made.value.id : ''
    expect(await harness.chat.submit('ben', harness.op(channel, 'x'))).toMatchObject({ type: 'reject', code: 'forbidden' })
    expect(await harness.chat.submit('ana', harness.op(channel, 'x'))).toMatchObject({ type: 'ack' })
  })
})

describe('changing a conversation', () => {
  it('title and topic are a meta event and reach the members, once for several changes', async () => {
    const harness = await people()
    const group = await harness.group('ana', 'ben')
    const ben = await harness.connect('ben')
    const changed = await harness.chat.changeConversation('ana', group, { title: 'new' })
    await harness.chat.changeConversation('ana', group, { topic: 'why' })
    expect(changed.ok && changed.value.title).toBe('new')
    await settle()
    expect(ben.of('event').map(frame => frame.event)).toEqual([expect.objectContaining({ kind: 'meta', title: 'new' }), expect.objectContaining({ kind: 'meta', topic: 'why' })])
    await harness.clock.advance(300)
    expect(ben.of('conversation').map(frame => frame.conversation)).toEqual([expect.objectContaining({ title: 'new', topic: 'why' })])
  })

  it('a closed conversation takes no more ops', async () => {
    const harness = await people()
    const group = await harness.group('ana', 'ben')
    await harness.chat.changeConversation('ana', group, { closed: true })
    expect(await harness.chat.submit('ben', harness.op(group, 'x'))).toMatchObject({ code: 'conversation_closed' })
  })

  it('members may not change it', async () => {
    const harness = await people()
    const group = await harness.group('ana', 'ben')
    expect(await harness.chat.changeConversation('ben', group, { title: 'mine' })).toMatchObject({ ok: false, code: 'forbidden' })
  })

  it('[X11] to a stranger everything is not_found, as if it did not exist', async () => {
    const harness = await people()
    const foreign = await harness.group('ana', 'ben')
    for (const id of [foreign, 'missing']) {
      const answers = [
        await harness.chat.changeConversation('dan', id, { title: 'x' }),
        await harness.chat.members('dan', id, undefined),
        await harness.chat.addMember('dan', id, 'cleo'),
        await harness.chat.changeRole('dan', id, 'ben', 'admin'),
        await harness.chat.removeMember('dan', id, 'ben'),
        await harness.chat.removeMember('dan', id, 'dan'),
        await harness.chat.saveSettings('dan', id, { pinned: true }),
        await harness.chat.history('dan', { conversation: id, limit: 10 }),
      ]
      expect(answers.map(answer => answer.ok || answer.code)).toEqual(answers.map(() => 'not_found'))
      expect(await harness.chat.conversation('dan', id)).toBeUndefined()
    }
  })

  it('own settings reach the user\'s other connections only', async () => {
    const harness = await people()
    const group = await harness.group('ana', 'ben')
    const [ana, ben] = [await harness.connect('ana'), await harness.connect('ben')]
    expect(await harness.chat.saveSettings('ana', group, { pinned: true, notify: 'none' })).toMatchObject({ ok: true, value: { pinned: true, notify: 'none' } })
    await settle()
    expect(ana.of('conversation')[0]?.conversation).toMatchObject({ pinned: true })
    expect(ben.of('conversation')).toEqual([])
  })

  it('[Y3] history keeps the limit', async () => {
    const harness = await people()
    const group = await harness.group('ana')
    for (let i = 0; i < 210; i++) await harness.chat.submit('ana', harness.op(group, `m${i}`))
    const page = await harness.chat.history('ana', { conversation: group, limit: 1_000 })
    expect(page.ok && (JSON.parse(page.value) as HistoryResponse)).toMatchObject({ epoch: await harness.store.epoch(), messages: { length: 200 } })
  })
})

describe('members', () => {
  it('admins invite, change roles and remove; members do not', async () => {
    const harness = await people()
    const group = await harness.group('ana', 'ben')
    expect(await harness.chat.addMember('ben', group, 'cleo')).toMatchObject({ ok: false, code: 'forbidden' })
    expect(await harness.chat.addMember('ana', group, 'cleo', 'admin')).toMatchObject({ ok: true, value: { memberCount: 3 } })
    expect(await harness.chat.addMember('cleo', group, 'dan')).toMatchObject({ ok: true })
    expect(await harness.chat.removeMember('ben', group, 'dan')).toMatchObject({ ok: false, code: 'forbidden' })
    expect(await harness.chat.changeRole('ana', group, 'ben', 'admin')).toMatchObject({ ok: true })
    expect(await harness.chat.removeMember('ben', group, 'dan')).toEqual({ ok: true, value: undefined })
  })

  it('a leaving last owner hands over first: the role event comes before the leave', async () => {
    const harness = await people()
    const group = await harness.group('ana', 'ben', 'cleo')
    await harness.chat.changeRole('ana', group, 'cleo', 'admin')
    const ben = await harness.connect('ben')
    expect(await harness.chat.removeMember('ana', group, 'ana')).toMatchObject({ ok: true })
    await settle()
    expect(ben.of('event').map(frame => frame.event)).toEqual([
      expect.objectContaining({ kind: 'member', user: 'cleo', change: 'role', role: 'owner' }),
      expect.objectContaining({ kind: 'member', user: 'ana', change: 'leave' }),
    ])
    expect(await harness.store.owners(group)).toEqual(['cleo'])
  })

  it('the last member leaves, and a last owner leaves what is closed', async () => {
    const harness = await people()
    const alone = await harness.group('ana')
    expect(await harness.chat.removeMember('ana', alone, 'ana')).toMatchObject({ ok: true })
    const closed = await harness.group('ana', 'ben')
    await harness.chat.changeConversation('ana', closed, { closed: true })
    expect(await harness.chat.removeMember('ana', closed, 'ana')).toMatchObject({ ok: true })
  })

  it('are paged, with their presence', async () => {
    const harness = await people()
    const names = Array.from({ length: 120 }, (_, i) => `user${`${i}`.padStart(3, '0')}`)
    await harness.users(...names)
    const group = await harness.group('ana', ...names)
    await harness.connect('user005')
    const first = await harness.chat.members('ana', group, undefined)
    if (!first.ok) throw new Error(first.code)
    const second = await harness.chat.members('ana', group, first.value.next)
    if (!second.ok) throw new Error(second.code)
    const all = [...first.value.members, ...second.value.members]
    expect(new Set(all.map(member => member.user.id)).size).toBe(121)
    expect(second.value.next).toBeUndefined()
    expect(all.filter(member => member.state === 'online').map(member => member.user.id)).toEqual(['user005'])
  })

  it('[R13] an op of someone who is being removed is either before the leave or refused', async () => {
    const harness = await people()
    const group = await harness.group('ana', 'ben')
    const ben = await harness.connect('ben')
    const removing = harness.chat.removeMember('ana', group, 'ben')
    ben.send(harness.op(group, 'late'))
    await removing
    await settle()
    const events = await harness.store.range(group, 1, 10, 10)
    const leave = events.findIndex(event => event.kind === 'member')
    const late = events.findIndex(event => event.kind === 'message')
    expect(late === -1 ? ben.of('reject')[0]?.code === 'not_found' : late < leave).toBe(true)
  })

  it('the same person added twice at once is one member', async () => {
    const harness = await people()
    const group = await harness.group('ana', 'ben')
    const answers = await Promise.all([harness.chat.addMember('ana', group, 'cleo'), harness.chat.addMember('ana', group, 'cleo')])
    expect(answers.filter(answer => answer.ok)).toHaveLength(1)
    expect((await harness.chat.conversation('ana', group))?.memberCount).toBe(3)
  })
})
