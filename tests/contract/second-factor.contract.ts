import { describe, expect, it } from 'vitest'
import type { PasskeyRecord } from '#parley/server/auth/second-factor-port.ts'
import type { AuditEntry } from '#parley/server/chat/moderation-port.ts'
import { createWorld, type OpenStore } from '#parley/tests/contract/world.ts'

const passkey = (id: string, user: string, change: Partial<PasskeyRecord> = {}): PasskeyRecord =>
  ({ id, user, rpId: 'chat.example', name: `key ${id}`, publicKey: 'cHVibGlj', counter: 0, transports: ['internal', 'hybrid'], createdAt: 10, ...change })

const totp = { sealedSecret: 'v1.sealed', lastStep: 100, createdAt: 9 }
const audit: AuditEntry = { at: 50, actor: 'alice', act: 'user.second-factor', target: 'bob', name: 'bob', address: '::1' }

function passkeysContract(open: OpenStore): void {
  describe('passkeys', () => {
    it('[A12] are found by credential id with whose they are, renamed and removed by their owner only', async () => {
      const { store } = await createWorld(open)
      expect(await store.addPasskey(passkey('k2', 'bob', { createdAt: 20 }), 20)).toBe('added')
      expect(await store.addPasskey(passkey('k1', 'bob'), 20)).toBe('added')
      expect((await store.passkeysOf('bob')).map(({ id }) => id)).toEqual(['k1', 'k2'])
      expect(await store.passkeysOf('alice')).toEqual([])
      expect(await store.passkey('k1')).toEqual({ passkey: passkey('k1', 'bob'), user: { id: 'bob', username: 'bob', displayName: 'bob', role: 'member', disabled: false } })
      expect(await store.passkey('k3')).toBeUndefined()
      expect([await store.renamePasskey('alice', 'k1', 'mine'), await store.renamePasskey('bob', 'k1', 'laptop')]).toEqual([false, true])
      expect([await store.removePasskey('alice', 'k2'), await store.removePasskey('bob', 'k2'), await store.removePasskey('bob', 'k2')]).toEqual([false, true, false])
      expect(await store.passkeysOf('bob')).toEqual([passkey('k1', 'bob', { name: 'laptop' })])
      expect((await store.userForAdmin('bob', 1))?.passkeys).toBe(1)
      expect((await store.userForAdmin('alice', 1))).not.toHaveProperty('passkeys')
    })

    it('[A12] a credential belongs to one user, and a user has no more than the limit, also within one tick', async () => {
      const { store } = await createWorld(open)
      expect(await Promise.all([store.addPasskey(passkey('k1', 'bob'), 2), store.addPasskey(passkey('k1', 'alice'), 2)])).toEqual(['added', 'taken'])
      expect(await Promise.all(['k2', 'k3'].map(id => store.addPasskey(passkey(id, 'bob'), 2)))).toEqual(['added', 'full'])
      expect(await store.addPasskey(passkey('k4', 'nobody'), 2)).toBe('taken')
      expect(await store.passkey('k4')).toBeUndefined()
    })

    it('[A12] a counter only grows: of two uses with one number, the second is refused; one that stays 0 may', async () => {
      const { store } = await createWorld(open)
      await store.addPasskey(passkey('k1', 'bob'), 20)
      expect([await store.usePasskey('k1', 0, 60), await store.usePasskey('k1', 0, 61)]).toEqual([true, true])
      expect(await Promise.all([store.usePasskey('k1', 5, 70), store.usePasskey('k1', 5, 71)])).toEqual([true, false])
      expect([await store.usePasskey('k1', 4, 72), await store.usePasskey('k1', 0, 73), await store.usePasskey('none', 9, 74)]).toEqual([false, false, false])
      expect(await store.passkeysOf('bob')).toEqual([passkey('k1', 'bob', { counter: 5, lastUsedAt: 70 })])
    })
  })
}

function codesContract(open: OpenStore): void {
  describe('codes', () => {
    it('[A11] are set up once, and each period counts once', async () => {
      const { store } = await createWorld(open)
      expect(await store.totp('bob')).toBeUndefined()
      expect(await Promise.all([store.addTotp('bob', totp, ['h1', 'h2']), store.addTotp('bob', { ...totp, sealedSecret: 'other' }, ['x'])])).toEqual([true, false])
      expect(await store.addTotp('nobody', totp, ['h1'])).toBe(false)
      expect(await store.totp('bob')).toEqual({ ...totp, codesLeft: 2 })
      expect(await Promise.all([store.useTotpStep('bob', 101), store.useTotpStep('bob', 101), store.useTotpStep('bob', 100), store.useTotpStep('alice', 500)])).toEqual([true, false, false, false])
      expect((await store.totp('bob'))?.lastStep).toBe(101)
      expect((await store.userForAdmin('bob', 1))?.codes).toBe(true)
    })

    it('[A11] a recovery code is used up by the first of two, and new ones replace all', async () => {
      const { store } = await createWorld(open)
      expect(await store.replaceRecoveryCodes('bob', ['h1'])).toBe(false)
      await store.addTotp('bob', totp, ['h1', 'h2'])
      await store.addTotp('carol', totp, ['h1'])
      expect(await Promise.all([store.useRecoveryCode('bob', 'h1'), store.useRecoveryCode('bob', 'h1'), store.useRecoveryCode('bob', 'nothing')])).toEqual([true, false, false])
      expect((await store.totp('bob'))?.codesLeft).toBe(1)
      expect((await store.totp('carol'))?.codesLeft).toBe(1)
      expect(await store.replaceRecoveryCodes('bob', ['h3', 'h4', 'h5'])).toBe(true)
      expect([(await store.totp('bob'))?.codesLeft, await store.useRecoveryCode('bob', 'h2'), await store.useRecoveryCode('bob', 'h4')]).toEqual([3, false, true])
      expect([await store.removeTotp('bob'), await store.removeTotp('bob'), await store.totp('bob')]).toEqual([true, false, undefined])
      expect(await store.useRecoveryCode('bob', 'h3')).toBe(false)
    })

    it('[A11] [A12] an admin clears everything of a user, with a line in the audit log; the end of an account does too', async () => {
      const { store } = await createWorld(open)
      for (const user of ['bob', 'carol']) {
        await store.addTotp(user, totp, ['h1'])
        await store.addPasskey(passkey(`of-${user}`, user), 20)
      }
      expect(await store.clearSecondFactor('nobody', audit)).toBe(false)
      expect(await store.clearSecondFactor('bob', audit)).toBe(true)
      expect([await store.totp('bob'), await store.passkeysOf('bob'), await store.useRecoveryCode('bob', 'h1')]).toEqual([undefined, [], false])
      expect(await store.auditLines({ limit: 5 })).toMatchObject([{ act: 'user.second-factor', target: 'bob' }])
      expect((await store.totp('carol'))?.codesLeft).toBe(1)
      await store.closeAccount('carol', { at: 99, erase: false })
      expect([await store.totp('carol'), await store.passkey('of-carol'), await store.addTotp('carol', totp, ['h1']), await store.addPasskey(passkey('new', 'carol'), 20)]).toEqual([undefined, undefined, false, 'taken'])
    })
  })
}

/** SecondFactorStore. */
export function secondFactorContract(open: OpenStore): void {
  passkeysContract(open)
  codesContract(open)
}
