import { describe, expect, it } from 'vitest'
import type { LoginRecord, NewUser } from '#parley/server/auth/ports.ts'
import { changeUser, createWorld, type OpenStore } from '#parley/tests/contract/world.ts'

const newUser = (id: string, change: Partial<NewUser> = {}): NewUser =>
  ({ id, username: id, usernameKey: id, displayName: id.toUpperCase(), passwordHash: `hash of ${id}`, at: 7, mayBeFirst: true, ...change })

const login = (id: string, user: string, change: Partial<LoginRecord> = {}): LoginRecord =>
  ({ id, user, userAgent: 'agent', address: '::1', createdAt: 10, lastSeenAt: 10, expiresAt: 100, ...change })

/** AccountStore. */
export function accountsContract(open: OpenStore): void {
  describe('users', () => {
    it('[§11] the first user becomes admin, of two in the same tick only one', async () => {
      const store = await open()
      const made = await Promise.all([store.createUser(newUser('ann')), store.createUser(newUser('ben'))])
      expect(made.map(result => result.ok && result.account.role)).toEqual(['admin', 'member'])
      expect(await store.userCount()).toBe(2)
    })

    it('[§11] without leave to be the first, the set-up code is required; later users need none', async () => {
      const store = await open()
      expect(await store.createUser(newUser('ann', { mayBeFirst: false }))).toEqual({ ok: false, code: 'setup_code_required' })
      expect(await store.userCount()).toBe(0)
      await store.createUser(newUser('ann'))
      expect(await store.createUser(newUser('ben', { mayBeFirst: false }))).toMatchObject({ ok: true, account: { role: 'member' } })
    })

    it('[§11] a name is taken by its comparable form, also within one tick', async () => {
      const store = await open()
      const made = await Promise.all([store.createUser(newUser('u1', { usernameKey: 'ann' })), store.createUser(newUser('u2', { usernameKey: 'ann' }))])
      expect(made).toMatchObject([{ ok: true }, { ok: false, code: 'username_taken' }])
    })

    it('keeps and changes what the server knows of a user', async () => {
      const store = await open()
      await store.createUser(newUser('ann', { username: 'Ann' }))
      const record = { id: 'ann', username: 'Ann', displayName: 'ANN', role: 'admin', passwordHash: 'hash of ann', disabled: false, createdAt: 7 }
      expect(await store.userByName('ann')).toEqual(record)
      await store.setPassword('ann', 'new')
      await changeUser(store, 'ann', { disabled: true, role: 'member' })
      expect(await store.userById('ann')).toEqual({ ...record, passwordHash: 'new', disabled: true, role: 'member' })
      expect(await store.changeUser('nobody', { disabled: true }, [])).toBe('not_found')
      expect(await store.userById('nobody')).toBeUndefined()
      expect(await store.userByName('nobody')).toBeUndefined()
    })
  })

  describe('logins', () => {
    it('[A5] a login lives until it expires, and slides when touched', async () => {
      const { store } = await createWorld(open)
      await store.createLogin(login('l1', 'alice'))
      const alice = { id: 'alice', username: 'alice', displayName: 'alice', role: 'admin', disabled: false }
      expect(await store.login('l1', 99)).toEqual({ login: login('l1', 'alice'), user: alice })
      expect(await store.login('l1', 100)).toBeUndefined()
      await store.touchLogin('l1', 90, 200)
      await changeUser(store, 'alice', { disabled: true })
      expect(await store.login('l1', 100)).toEqual({ login: login('l1', 'alice', { lastSeenAt: 90, expiresAt: 200 }), user: { ...alice, disabled: true } })
      expect(await store.login('l2', 1)).toBeUndefined()
    })

    it('[A5] logins are revoked one by one by their owner, or all but one', async () => {
      const { store } = await createWorld(open)
      for (const [index, id] of ['l1', 'l2', 'l3'].entries()) await store.createLogin(login(id, 'alice', { createdAt: 10 + index }))
      await store.createLogin(login('l4', 'bob'))
      expect(await store.revokeLogin('bob', 'l1')).toBe(false)
      expect(await store.revokeLogin('alice', 'l1')).toBe(true)
      expect(await store.revokeLogin('alice', 'l1')).toBe(false)
      expect((await store.loginsOf('alice', 50)).map(({ id }) => id)).toEqual(['l2', 'l3'])
      expect(await store.revokeLogins('alice', 'l3')).toEqual(['l2'])
      expect((await store.loginsOf('alice', 50)).map(({ id }) => id)).toEqual(['l3'])
      expect(await store.revokeLogins('alice')).toEqual(['l3'])
      expect(await store.login('l4', 50)).toBeDefined()
    })

    it('a new login forgets those of the same user that ran out', async () => {
      const { store } = await createWorld(open)
      await store.createLogin(login('l1', 'alice', { expiresAt: 20 }))
      await store.createLogin(login('l2', 'alice', { createdAt: 30 }))
      expect((await store.loginsOf('alice', 0)).map(({ id }) => id)).toEqual(['l2'])
    })
  })

  describe('API tokens', () => {
    it('are found by hash, listed and revoked by their owner', async () => {
      const { store } = await createWorld(open)
      const token = { id: 't1', user: 'alice', name: 'bot', createdAt: 5 }
      await store.createApiToken({ ...token, hash: 'h1' })
      expect(await store.apiTokensOf('alice')).toEqual([token])
      expect(await store.apiToken('h1')).toEqual({ token, user: { id: 'alice', username: 'alice', displayName: 'alice', role: 'admin', disabled: false } })
      await store.touchApiToken('t1', 70, 10)
      await store.touchApiToken('t1', 80, 69)
      expect(await store.apiTokensOf('alice')).toEqual([{ ...token, lastUsedAt: 70 }])
      expect(await store.apiToken('h2')).toBeUndefined()
      expect(await store.revokeApiToken('bob', 't1')).toBe(false)
      expect(await store.revokeApiToken('alice', 't1')).toBe(true)
      expect(await store.apiToken('h1')).toBeUndefined()
    })
  })
}
