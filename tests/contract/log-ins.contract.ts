import { describe, expect, it } from 'vitest'
import type { LoginRecord, NewUser } from '#parley/server/auth/ports.ts'
import { createWorld, type OpenStore } from '#parley/tests/contract/world.ts'

const newUser = (id: string, change: Partial<NewUser> = {}): NewUser =>
  ({ id, username: id, usernameKey: id, displayName: id.toUpperCase(), passwordHash: '', at: 100, mayBeFirst: false, ...change })

const login = (id: string, user: string, lastSeenAt: number): LoginRecord =>
  ({ id, user, userAgent: '', address: '', createdAt: 1, lastSeenAt, expiresAt: 10_000 })

const provider = { issuer: 'https://id.example', subject: 'ann@id' }

/** AccountStore: identities elsewhere, guests, scopes. */
export function logInsContract(open: OpenStore): void {
  describe('identities', () => {
    it('[A8] lead to their user, by issuer and subject together', async () => {
      const { store } = await createWorld(open)
      expect(await store.userByIdentity(provider)).toBeUndefined()
      expect(await store.createUser(newUser('ann', { identity: provider }))).toMatchObject({ ok: true, account: { id: 'ann', role: 'member' } })
      expect(await store.userByIdentity(provider)).toMatchObject({ id: 'ann', username: 'ann', disabled: false })
      expect(await store.userByIdentity({ ...provider, issuer: 'https://other.example' })).toBeUndefined()
      expect(await store.userByIdentity({ ...provider, subject: 'ANN@id' })).toBeUndefined()
    })

    it('[A8] of two first log-ins at once one makes the user, and the other one is told', async () => {
      const { store } = await createWorld(open)
      const made = await Promise.all([store.createUser(newUser('a1', { identity: provider })), store.createUser(newUser('a2', { identity: provider }))])
      expect(made).toMatchObject([{ ok: true }, { ok: false, code: 'identity_taken' }])
      expect(await store.createUser(newUser('a3', { usernameKey: 'a1', identity: { ...provider, subject: 'other' } }))).toEqual({ ok: false, code: 'username_taken' })
      expect(await store.userByIdentity({ ...provider, subject: 'other' })).toBeUndefined()
    })

    it('[A8] end with their account', async () => {
      const { store } = await createWorld(open)
      await store.createUser(newUser('ann', { identity: provider }))
      await store.closeAccount('ann', { at: 200, erase: false })
      expect(await store.userByIdentity(provider)).toBeUndefined()
      expect(await store.createUser(newUser('ann2', { identity: provider }))).toMatchObject({ ok: true })
    })
  })

  describe('guests', () => {
    it('[A9] are marked wherever others see them, and are not any more when they have an account', async () => {
      const { store } = await createWorld(open)
      expect(await store.createUser(newUser('gus', { guest: true }))).toEqual({ ok: true, account: { id: 'gus', username: 'gus', displayName: 'GUS', role: 'member', guest: true } })
      await store.createConversation({ id: 'lounge', kind: 'group', title: 'lounge', members: ['alice', 'gus'], at: 1 })
      expect((await store.usersById(['gus', 'alice'])).map(({ guest }) => guest)).toEqual([true, undefined])
      expect((await store.memberPage('lounge', undefined, 5)).find(({ user }) => user.id === 'gus')?.user.guest).toBe(true)
      expect((await store.userById('gus'))?.guest).toBe(true)
      await store.createLogin(login('l1', 'gus', 1))
      expect((await store.login('l1', 2))?.user.guest).toBe(true)

      const promotion = { username: 'Gus', usernameKey: 'gus.b', passwordHash: 'hash', at: 200 }
      expect(await store.promoteGuest('gus', { ...promotion, usernameKey: 'alice' })).toEqual({ ok: false, code: 'username_taken' })
      expect(await store.promoteGuest('gus', { ...promotion, invite: 'none' })).toEqual({ ok: false, code: 'invite_required' })
      expect(await store.promoteGuest('gus', promotion)).toEqual({ ok: true, account: { id: 'gus', username: 'Gus', displayName: 'GUS', role: 'member' } })
      expect(await store.userByName('gus.b')).toMatchObject({ id: 'gus', passwordHash: 'hash' })
      expect((await store.login('l1', 2))?.user.guest).toBeUndefined()
      expect(await store.promoteGuest('gus', promotion)).toEqual({ ok: false, code: 'not_found' })
      expect(await store.promoteGuest('alice', promotion)).toEqual({ ok: false, code: 'not_found' })
    })

    it('[A9] are absent when neither log-in nor socket has been seen', async () => {
      const { store } = await createWorld(open)
      for (const id of ['g1', 'g2', 'g3', 'g4']) await store.createUser(newUser(id, { guest: true, at: id === 'g4' ? 500 : 100 }))
      await store.createUser(newUser('member'))
      await store.createLogin(login('l1', 'g1', 300))
      await store.createLogin(login('l2', 'g2', 200))
      await store.saveLastSeen('g3', 400)
      expect(await store.absentGuests(300, 5)).toEqual(['g2'])
      expect(await store.absentGuests(450, 5)).toEqual(['g1', 'g2', 'g3'])
      expect(await store.absentGuests(450, 1)).toEqual(['g1'])
      expect(await store.closeAccount('g1', { at: 500, erase: false })).toMatchObject({ ok: true, user: { deleted: true } })
      expect((await store.usersById(['g1']))[0]?.guest).toBeUndefined()
      expect(await store.absentGuests(450, 5)).toEqual(['g2', 'g3'])
    })
  })

  describe('scopes', () => {
    it('[A7] of a token are kept, and one without any stays without', async () => {
      const { store } = await createWorld(open)
      const token = { id: 't1', user: 'alice', name: 'bot', createdAt: 5 }
      await store.createApiToken({ ...token, hash: 'h1', scopes: ['read', 'write'] })
      await store.createApiToken({ ...token, id: 't2', hash: 'h2' })
      expect((await store.apiToken('h1'))?.token.scopes).toEqual(['read', 'write'])
      expect((await store.apiToken('h2'))?.token).toEqual({ ...token, id: 't2' })
      expect((await store.apiTokensOf('alice')).map(({ scopes }) => scopes)).toEqual([['read', 'write'], undefined])
    })
  })
}
