import { describe, expect, it } from 'vitest'
import { createAdminConversations } from '#parley/server/administration/conversation-acts.ts'
import { createAdminUsers } from '#parley/server/administration/admin-users.ts'
import { Housekeeping } from '#parley/server/administration/housekeeping.ts'
import { createReports } from '#parley/server/administration/reports.ts'
import { createServerSettings } from '#parley/server/administration/server-settings.ts'
import { Attachments } from '#parley/server/attachments/attachments.ts'
import { createPasswords } from '#parley/server/auth/passwords.ts'
import { RateLimited } from '#parley/server/chat/chat-service.ts'
import { defaultPolicies, type ServerPolicies } from '#parley/shared/administration.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { createMemoryFiles } from '#parley/tests/helpers/memory-files.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const day = 24 * 3_600_000
const audit = { act: 'ban.add', address: '', at: 1 } as const

/** A server with an admin, ana, and a group of ana, ben and cleo. */
async function world() {
  const harness = new ServerHarness()
  await harness.users('ana', 'ben', 'cleo', 'dan')
  const group = await harness.group('ana', 'ben', 'cleo')
  const { clock, random, store, chat } = harness
  const actor = { account: { id: 'ana', username: 'ana', displayName: 'ana', role: 'admin' as const }, address: '203.0.113.1' }
  const settings = await createServerSettings({ store, clock, log: quiet, registration: 'open' })
  const passwords = await createPasswords({ hash: async text => `hashed ${text}`, verify: async (hash, text) => hash === `hashed ${text}` }, 'nobody')
  const users = createAdminUsers({ store, passwords, clock, random })
  const obey = () => {
    harness.policies = settings.enforced()
  }
  const set = async (change: Partial<ServerPolicies>) => {
    await settings.savePolicies(actor, { ...defaultPolicies, ...change })
    obey()
  }
  const say = (user: string, text: string) => chat.submit(user, harness.op(group, text))
  /** Ten days ago. */
  const saidLongAgo = (text: string) => store.append({ conversation: group, actor: 'ben', cid: random.cid(), at: clock.now() - 10 * day, change: { kind: 'message', content: { type: 'text', text } } })
  return { harness, group, actor, settings, users, set, say, saidLongAgo, obey, passwords }
}

describe('policies', () => {
  it('[S8] recall and edit limits hold for the next op, and only for authors', async () => {
    const { harness, group, set, say } = await world()
    await say('ben', 'one')
    await harness.clock.advance(120_000)
    const change = (user: string, op: object) => harness.chat.submit(user, { cid: harness.random.cid(), conversation: group, target: 1, ...op } as never)
    await set({ recallMinutes: 1, editMinutes: 1 })
    expect(await change('ben', { type: 'edit', content: { type: 'text', text: 'two' } })).toMatchObject({ type: 'reject', code: 'forbidden' })
    expect(await change('ben', { type: 'delete' })).toMatchObject({ type: 'reject', code: 'forbidden' })
    expect(await change('ana', { type: 'delete' })).toMatchObject({ type: 'ack' })
    await say('ben', 'three')
    expect(await change('ben', { type: 'delete', target: 3 })).toMatchObject({ type: 'ack' })
  })

  it('[W2] a connection is told the limits that there are', async () => {
    const { harness, set } = await world()
    await set({ recallMinutes: 2 })
    const ben = harness.dial('ben')
    await settle()
    expect(ben.of('welcome')[0]?.limits).toMatchObject({ recallLimit: 120_000 })
    expect(ben.of('welcome')[0]?.limits).not.toHaveProperty('editLimit')
  })

  it('[S3, S9] the filter refuses messages and edits with a code of its own, and never what is committed already', async () => {
    const { harness, group, set, say } = await world()
    const op = harness.op(group, 'a bad word')
    expect(await harness.chat.submit('ben', op)).toMatchObject({ type: 'ack', seq: 1 })
    await set({ filter: { words: ['bad'], action: 'refuse' } })
    expect(await harness.chat.submit('ben', op)).toMatchObject({ type: 'ack', seq: 1, duplicate: true })
    expect(await say('ben', 'also bad')).toMatchObject({ type: 'reject', code: 'filtered' })
    expect(await harness.chat.submit('ben', { type: 'edit', cid: harness.random.cid(), conversation: group, target: 1, content: { type: 'text', text: 'BAD' } })).toMatchObject({ code: 'filtered' })
    expect(await say('ben', 'good')).toMatchObject({ type: 'ack', seq: 2 })
  })

  it('[S9, S1] what is masked is told to its sender in the ack, to everyone as it was kept, and again to a resend', async () => {
    const { harness, group, set } = await world()
    await set({ filter: { words: ['bad'], action: 'mask' } })
    const cleo = await harness.connect('cleo')
    const op = harness.op(group, 'a bad word')
    const kept = { type: 'text', text: 'a *** word' }
    expect(await harness.chat.submit('ben', op)).toMatchObject({ type: 'ack', content: kept })
    await settle()
    expect(cleo.of('event')[0]?.event).toMatchObject({ content: kept })
    await set({})
    expect(await harness.chat.submit('ben', op)).toMatchObject({ type: 'ack', duplicate: true, content: kept })
    expect(await harness.chat.submit('ben', harness.op(group, 'fine'))).not.toHaveProperty('content')
  })

  it('a host application adds checks behind the filter; one that throws lets nothing through; without any there is none', async () => {
    const { harness, settings, set, say, obey } = await world()
    expect(settings.enforced()).not.toHaveProperty('beforeMessage')
    await set({ filter: { words: ['bad'], action: 'mask' } })
    const seen: unknown[] = []
    const remove = settings.beforeMessage(({ content }) => {
      seen.push(content)
      if (content.type === 'text' && content.text === 'boom') throw new Error('broken')
      return content.type === 'text' && content.text.includes('spam') ? { refuse: { code: 'forbidden', message: 'no spam' } } : undefined
    })
    obey()
    expect(await say('ben', 'bad')).toMatchObject({ type: 'ack', content: { text: '***' } })
    expect(seen).toEqual([{ type: 'text', text: '***' }])
    expect(await say('ben', 'spam')).toMatchObject({ type: 'reject', code: 'forbidden' })
    expect(await say('ben', 'boom')).toMatchObject({ type: 'reject', code: 'forbidden' })
    expect(harness.logLines.some(line => JSON.stringify(line.fields).includes('boom'))).toBe(false)
    remove()
    obey()
    expect(await say('ben', 'spam')).toMatchObject({ type: 'ack' })
  })

  it('settings outlive a restart; what an admin chose about registration goes before the start value, until taken back', async () => {
    const { harness, settings, actor, set } = await world()
    await set({ recallMinutes: 5 })
    await settings.saveRegistration(actor, 'closed')
    const again = await createServerSettings({ store: harness.store, clock: harness.clock, log: quiet, registration: 'invite' })
    expect(again.policies.recallMinutes).toBe(5)
    expect(again.registration).toEqual({ mode: 'closed', atStart: 'invite', chosen: 'closed' })
    await again.saveRegistration(actor, undefined)
    expect(again.registration).toEqual({ mode: 'invite', atStart: 'invite' })
    const lines = await harness.store.auditLines({ limit: 9 })
    expect(lines.map(({ act, actor: by, address }) => [act, by?.id, address])).toEqual([
      ['registration.mode', 'ana', '203.0.113.1'], ['registration.mode', 'ana', '203.0.113.1'], ['policy.change', 'ana', '203.0.113.1'],
    ])
  })

  it('a stored setting that does not fit is left out', async () => {
    const { harness } = await world()
    await harness.store.saveSetting('policies', { recallMinutes: 'soon' }, audit)
    await harness.store.saveSetting('registration', 'maybe', audit)
    const settings = await createServerSettings({ store: harness.store, clock: harness.clock, log: quiet, registration: 'open' })
    expect([settings.policies, settings.registration.mode]).toEqual([defaultPolicies, 'open'])
  })
})

describe('retention', () => {
  const keeper = ({ harness: { store, chat, clock }, settings }: Awaited<ReturnType<typeof world>>) =>
    new Housekeeping({ store, chat, clock, log: quiet, policies: () => settings.policies })

  it('[O1, O5] old messages are deleted by events like any other, in portions, and nothing comes back', async () => {
    const here = await world()
    const { harness, group, set, say, saidLongAgo } = here
    for (let n = 0; n < 130; n++) await saidLongAgo(`old ${n}`)
    await say('ben', 'young')
    const cleo = await harness.connect('cleo')
    await set({ retention: { direct: 1, group: 7, channel: null, files: null } })
    const house = keeper(here)
    expect(await house.round()).toBe(true)
    expect((await harness.texts(group)).length).toBe(31)
    expect(await house.round()).toBe(false)
    expect(await harness.texts(group)).toEqual(['young'])
    await settle()
    const events = await harness.store.range(group, 1, 1_000, 1_000)
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 261 }, (_, n) => n + 1))
    expect(cleo.of('event').filter(({ event }) => event.kind === 'delete')).toHaveLength(130)
    expect(await house.round()).toBe(false)
    expect(events.at(-1)).toMatchObject({ kind: 'delete', reason: 'expired' })
  })

  it('does nothing without a limit, and goes on after a store that took no writes', async () => {
    const here = await world()
    const { harness, group, set, saidLongAgo } = here
    await saidLongAgo('old')
    const house = keeper(here)
    await house.round()
    expect(await harness.texts(group)).toEqual(['old'])
    await set({ retention: { direct: null, group: 1, channel: null, files: null } })
    harness.fault = { kind: 'unavailable', status: 'busy' }
    expect(await house.round()).toBe(false)
    harness.fault = undefined
    await house.round()
    expect(await harness.texts(group)).toEqual([])
  })

  it('works by itself once started, sooner when woken, and stops when closed', async () => {
    const here = await world()
    const { harness, group, set, saidLongAgo } = here
    await saidLongAgo('old')
    const house = keeper(here)
    house.start()
    await harness.clock.advance(2_000)
    await settle()
    await set({ retention: { direct: null, group: 1, channel: null, files: null } })
    house.wake()
    await harness.clock.advance(1)
    await settle()
    await settle()
    expect(await harness.texts(group)).toEqual([])
    house.close()
  })
})

describe('conversations in the hands of admins', () => {
  const acts = ({ harness: { store, chat, clock } }: Awaited<ReturnType<typeof world>>) => createAdminConversations({ store, chat, clock, onDeleted: () => {} })

  it('[O6] a deleted one is taken from those who are connected, and needs its title', async () => {
    const here = await world()
    const { harness, group, actor } = here
    const ben = await harness.connect('ben')
    expect(await acts(here).remove(actor, group, 'something else')).toMatchObject({ ok: false, code: 'bad_target' })
    expect(await acts(here).remove(actor, group, 'group')).toEqual({ ok: true, value: undefined })
    await settle()
    expect(ben.of('removed')).toEqual([{ type: 'removed', conversation: group }])
    expect(await harness.ask(ben, { type: 'sync', ref: 1, conversation: group, after: 0 })).toMatchObject([{ type: 'error', code: 'not_found' }])
    expect(await harness.chat.submit('ben', harness.op(group, 'hello?'))).toMatchObject({ code: 'not_found' })
    expect(await acts(here).remove(actor, group, 'group')).toMatchObject({ ok: false, code: 'not_found' })
  })

  it('one with an owner is not taken over; an orphan is, by an event that its members see', async () => {
    const here = await world()
    const { harness, actor } = here
    const club = await harness.group('ben', 'cleo')
    expect(await acts(here).own(actor, club)).toMatchObject({ ok: false, code: 'forbidden' })
    await harness.store.changeUser('ben', { disabled: true }, [])
    const cleo = await harness.connect('cleo')
    expect(await acts(here).own(actor, club)).toMatchObject({ ok: true, value: { id: club, members: 3 } })
    await settle()
    expect(cleo.of('event')[0]?.event).toMatchObject({ kind: 'member', user: 'ana', change: 'join', role: 'owner' })
    expect(await acts(here).close(actor, club)).toMatchObject({ ok: true, value: { closed: true } })
    expect((await harness.store.auditLines({ limit: 9 })).map(({ act }) => act)).toEqual(['conversation.close', 'conversation.owner'])
  })
})

describe('bans and mutes', () => {
  it('[S8] only owner and admins ban and mute, not themselves, not owners, and strangers learn nothing', async () => {
    const { harness, group } = await world()
    const { chat } = harness
    expect(await chat.ban('ben', group, 'cleo', undefined, audit)).toMatchObject({ ok: false, code: 'forbidden' })
    expect(await chat.ban('dan', group, 'cleo', undefined, audit)).toMatchObject({ ok: false, code: 'not_found' })
    expect(await chat.ban('ana', group, 'ana', undefined, audit)).toMatchObject({ ok: false, code: 'forbidden' })
    expect(await chat.mute('ben', group, 'cleo', { duration: 60_000 }, audit)).toMatchObject({ ok: false, code: 'forbidden' })
    expect(await chat.mute('dan', group, 'cleo', { duration: 60_000 }, audit)).toMatchObject({ ok: false, code: 'not_found' })
    expect(await chat.mute('ana', group, 'dan', { duration: 60_000 }, audit)).toMatchObject({ ok: false, code: 'bad_target' })
    await chat.changeRole('ana', group, 'ben', 'admin')
    expect(await chat.ban('ben', group, 'ana', undefined, audit)).toMatchObject({ ok: false, code: 'forbidden' })
    expect(await chat.mute('ana', group, 'ben', { duration: 60_000 }, audit)).toMatchObject({ ok: false, code: 'forbidden' })
    expect(await chat.bans('cleo', group)).toMatchObject({ ok: false, code: 'forbidden' })
    expect(await chat.liftBan('ben', group, 'dan', audit)).toMatchObject({ ok: false, code: 'bad_target' })
  })

  it('[O6] a banned member gets the leave event and no way back; a muted one is told until when', async () => {
    const { harness, group, say } = await world()
    const [ben, cleo] = [await harness.connect('ben'), await harness.connect('cleo')]
    await harness.chat.mute('ana', group, 'ben', { duration: 60_000, reason: 'calm' }, audit)
    await settle()
    expect(ben.of('conversation').at(-1)?.conversation).toMatchObject({ mutedUntil: harness.clock.now() + 60_000, muteReason: 'calm' })
    expect(await say('ben', 'but')).toMatchObject({ type: 'reject', code: 'forbidden' })
    await harness.clock.advance(60_001)
    expect(await say('ben', 'thanks')).toMatchObject({ type: 'ack' })
    await harness.chat.changeConversation('ana', group, { public: true })
    expect(await harness.chat.ban('ana', group, 'cleo', 'spam', audit)).toMatchObject({ ok: true })
    await settle()
    expect(cleo.of('removed')).toHaveLength(1)
    expect(await harness.chat.join('cleo', group)).toMatchObject({ ok: false, code: 'not_found' })
    expect(await harness.chat.bans('ana', group)).toMatchObject({ ok: true, value: [{ user: { id: 'cleo' }, reason: 'spam' }] })
    await harness.chat.liftBan('ana', group, 'cleo', audit)
    expect(await harness.chat.join('cleo', group)).toMatchObject({ ok: true })
  })
})

describe('reports', () => {
  it('are answered by deleting, banning and disabling, each told in the audit log; too many at once are slowed down', async () => {
    const { harness, group, actor, users, say } = await world()
    const disabled: string[] = []
    const { store, chat, clock, random } = harness
    const reports = createReports({ store, chat, users, clock, random, onDisabled: user => disabled.push(user) })
    await say('ben', 'buy this')
    expect(await reports.add('dan', { conversation: group, seq: 1, reason: 'spam' })).toMatchObject({ ok: false, code: 'not_found' })
    expect(await reports.add('cleo', { conversation: group, seq: 1, reason: 'spam' })).toMatchObject({ ok: true })
    const [report] = (await store.reports('open', undefined, 9)).reports
    expect(await reports.close(actor, report!.id, 'resolved', ['delete', 'ban', 'disable'])).toMatchObject({ ok: true, value: { state: 'resolved', deleted: true } })
    expect(await reports.close(actor, report!.id, 'resolved', [])).toMatchObject({ ok: false, code: 'not_found' })
    expect(disabled).toEqual(['ben'])
    expect(await store.roleOf(group, 'ben')).toBeUndefined()
    expect((await store.auditLines({ limit: 9 })).map(({ act }) => act).toSorted()).toEqual(['ban.add', 'message.delete', 'report.resolve', 'user.disable'])
    const flood = Array.from({ length: 12 }, () => reports.add('cleo', { conversation: group, seq: 1, reason: 'spam' }).catch((error: unknown) => error))
    expect((await Promise.all(flood)).some(outcome => outcome instanceof RateLimited)).toBe(true)
  })

  it('one whose author cannot be disabled stays open', async () => {
    const { harness, group, users, say } = await world()
    const { store, chat, clock, random } = harness
    const reports = createReports({ store, chat, users, clock, random, onDisabled: () => {} })
    await say('ana', 'by the admin')
    await reports.add('cleo', { conversation: group, seq: 1, reason: 'abuse' })
    await store.changeUser('dan', { role: 'admin' }, [])
    const [report] = (await store.reports('open', undefined, 9)).reports
    const self = { account: { id: 'ana', username: 'ana', displayName: 'ana', role: 'admin' as const }, address: '' }
    expect(await reports.close(self, report!.id, 'resolved', ['delete', 'disable'])).toMatchObject({ ok: false, code: 'forbidden' })
    expect(await store.report(report!.id)).toMatchObject({ state: 'open', deleted: false })
  })
})

describe('accounts in the hands of admins', () => {
  it('[A5] made with a link that sets the password once; not on oneself, never the last admin', async () => {
    const { harness, actor, users, passwords } = await world()
    const made = await users.create(actor, { username: 'eve', displayName: 'Eve' })
    if (!made.ok) throw new Error(made.code)
    const { user, reset: { token } } = made.value
    expect(await users.preview(token, 'a')).toMatchObject({ ok: true, value: { username: 'eve', displayName: 'Eve' } })
    expect(await users.complete(token, 'short', 'a')).toMatchObject({ ok: false, code: 'password_weak' })
    expect(await users.complete(token, 'roses in december', 'a')).toMatchObject({ ok: true, value: { user: user.id } })
    expect(await passwords.verify((await harness.store.userById(user.id))?.passwordHash, 'roses in december')).toBe(true)
    expect(await users.complete(token, 'roses in december', 'a')).toMatchObject({ ok: false, code: 'not_found' })
    expect(await users.change(actor, 'ana', { role: 'member' })).toMatchObject({ ok: false, code: 'forbidden' })
    await users.change(actor, user.id, { role: 'admin' })
    await harness.store.changeUser('ana', { disabled: true }, [])
    expect(await users.change(actor, user.id, { disabled: true })).toMatchObject({ ok: false, code: 'last_admin' })
    expect(await users.create(actor, { username: 'eve' })).toMatchObject({ ok: false, code: 'username_taken' })
    expect(JSON.stringify(await harness.store.auditLines({ limit: 20 }))).not.toContain(token)
  })
})

describe('free space now', () => {
  it('[X29] erases what nothing will ask for, and neither an upload under way nor a picture nor a young file', async () => {
    const { harness: { store, random } } = await world()
    let now = 10 * day
    const clock = { now: () => now, monotonic: () => now, timer: () => () => {} }
    const files = createMemoryFiles(clock.now)
    const attachments = new Attachments({ store, files, clock, random, log: quiet, maxBytes: 1_000, quota: undefined, orphanAge: () => day })
    const bytes = async function* () {
      yield Buffer.from('hello')
    }
    const kept = await attachments.receive('ben', { name: 'kept.txt', bytes: bytes() })
    for (const name of ['stray', 'stray.preview', 'picture']) await files.write(name, bytes())
    await store.addAvatar({ id: 'hash', file: 'picture', mime: 'image/png', size: 5 }, clock.now(), 0)
    expect(await attachments.collect()).toBe(0)
    now += 2 * 3_600_000
    await files.write('fresh', bytes())
    expect(await attachments.collect()).toBe(2)
    const left: string[] = []
    for await (const { id } of files.list!()) left.push(id)
    expect(left.toSorted()).toEqual([kept.ok ? kept.attachment.id : '', 'fresh', 'picture'].toSorted())
    now += day
    expect(await attachments.collect()).toBe(2)
  })
})
