import { expect, test } from 'vitest'
import { createGuests } from '#parley/server/auth/guests.ts'
import { createPasswords } from '#parley/server/auth/passwords.ts'
import { inviteHash } from '#parley/server/auth/invites.ts'
import { systemRandom } from '#parley/server/config/system.ts'
import { createMemoryStore } from '#parley/server/storage/memory.ts'
import { createManualClock } from '#parley/tests/helpers/manual-clock.ts'

/** People who came by a name alone (A9). */

const day = 86_400_000
const from = (address = '198.51.100.7') => ({ address, local: false })

async function setup({ mode = 'on' as 'off' | 'invite' | 'on', registration = 'open' as 'open' | 'invite' | 'closed', first = true } = {}) {
  const clock = createManualClock()
  const store = createMemoryStore()
  if (first) await store.createUser({ id: 'admin', username: 'admin', usernameKey: 'admin', displayName: 'Admin', passwordHash: 'x', at: 1, mayBeFirst: true })
  const passwords = await createPasswords({ hash: async text => `hash:${text}`, verify: async (hash, text) => hash === `hash:${text}` }, 'nobody')
  const active = new Set<string>()
  const silent = () => undefined
  const guests = createGuests({
    store, passwords, clock, random: systemRandom, log: { debug: silent, info: silent, warn: silent, error: silent },
    settings: { mode, absence: 7 * day }, registration: () => registration, isActive: user => active.has(user),
    end: async user => void await store.closeAccount(user, { at: clock.now(), erase: false }),
  })
  const enter = (displayName = 'Gus', invite?: string, address?: string) => guests.enter({ displayName, invite }, from(address))
  return { clock, store, guests, active, enter }
}

test('[A9] a guest has a display name, a made-up user name, no password and a mark', async () => {
  const { store, enter } = await setup()
  const entered = await enter('  Gus 古  ')
  expect(entered).toMatchObject({ ok: true, value: { displayName: 'Gus 古', role: 'member', guest: true } })
  const id = entered.ok ? entered.value.id : ''
  const record = await store.userById(id)
  expect(record?.passwordHash).toBe('')
  expect(record?.username).toMatch(/^guest-[a-z2-9]{8}$/)
})

test('[A9] none where they are switched off, none as the first user, none without a name', async () => {
  expect(await (await setup({ mode: 'off' })).enter()).toEqual({ ok: false, code: 'not_found' })
  expect(await (await setup({ first: false })).enter()).toEqual({ ok: false, code: 'setup_code_required' })
  const { enter } = await setup()
  for (const name of ['', '  ', 'a\nb', 'x'.repeat(65)]) expect(await enter(name)).toEqual({ ok: false, code: 'bad_request' })
})

test('[A9] where they need an invite, one to a conversation that counts', async () => {
  const { store, enter, clock } = await setup({ mode: 'invite' })
  await store.createConversation({ id: 'room', kind: 'group', title: 'room', members: ['admin'], at: 1 })
  const invite = { creator: 'admin', registers: false, createdAt: 1 }
  await store.createInvite({ ...invite, id: 'i1', conversation: 'room', hash: inviteHash('good') })
  await store.createInvite({ ...invite, id: 'i2', registers: true, hash: inviteHash('server') })
  await store.createInvite({ ...invite, id: 'i3', conversation: 'room', hash: inviteHash('old'), expiresAt: clock.now() })
  for (const token of [undefined, 'none', 'server', 'old']) expect(await enter('Gus', token)).toEqual({ ok: false, code: 'invite_required' })
  expect(await enter('Gus', 'good')).toMatchObject({ ok: true })
})

test('[A9] so many from one address, and then they wait; others do not', async () => {
  const { clock, enter } = await setup()
  for (let count = 0; count < 10; count++) expect(await enter()).toMatchObject({ ok: true })
  expect(await enter()).toEqual({ ok: false, code: 'too_many_requests', retryAfter: 60_000 })
  expect(await enter('Gus', undefined, '198.51.100.8')).toMatchObject({ ok: true })
  await clock.advance(60_000)
  expect(await enter()).toMatchObject({ ok: true })
})

test('[A9] a guest becomes a user like any other, as far as registration allows it', async () => {
  const { store, guests, enter } = await setup()
  const entered = await enter()
  const id = entered.ok ? entered.value.id : ''
  const promote = (username: string, password: string) => guests.promote(id, { username, password }, from())
  expect(await promote('a b', 'tulips in november')).toEqual({ ok: false, code: 'username_invalid' })
  expect(await promote('gus', 'short')).toMatchObject({ ok: false, code: expect.stringMatching(/^password_/) })
  expect(await promote('ADMIN', 'tulips in november')).toEqual({ ok: false, code: 'username_taken' })
  expect(await promote('Gus', 'tulips in november')).toMatchObject({ ok: true, value: { id, username: 'Gus' } })
  expect((await store.userByName('gus'))?.guest).toBeUndefined()
  expect(await promote('Gus2', 'tulips in november')).toEqual({ ok: false, code: 'not_found' })

  for (const [registration, code] of [['closed', 'registration_closed'], ['invite', 'invite_required']] as const) {
    const other = await setup({ registration })
    const made = await other.enter()
    expect(await other.guests.promote(made.ok ? made.value.id : '', { username: 'gus', password: 'tulips in november' }, from())).toEqual({ ok: false, code })
  }
})

test('[A9] who has been away for too long ends; who is here, or came a while ago, does not', async () => {
  const { clock, store, guests, active, enter } = await setup()
  const ids: string[] = []
  for (const name of ['gone', 'here']) {
    const entered = await enter(name)
    ids.push(entered.ok ? entered.value.id : '')
  }
  active.add(ids[1]!)
  guests.start()
  await clock.advance(7 * day)
  const late = await enter('late')
  await clock.advance(3_600_001)
  expect((await store.userById(ids[0]!))?.deleted).toBe(true)
  expect((await store.userById(ids[1]!))?.deleted).toBeUndefined()
  expect((await store.userById(late.ok ? late.value.id : ''))?.deleted).toBeUndefined()
  guests.close()
  active.clear()
  await clock.advance(7 * day)
  expect((await store.userById(ids[1]!))?.deleted).toBeUndefined()
})
