import type { PasskeyRecord, SecondFactorStore } from '#parley/server/auth/second-factor-port.ts'
import { compareText } from '#parley/server/storage/compare-text.ts'
import { findState } from '#parley/server/storage/memory/accounts.ts'
import { copy, type MemoryState } from '#parley/server/storage/memory/state.ts'
import type { MemoryWrites } from '#parley/server/storage/memory/writes.ts'

const ownPasskeys = (state: MemoryState, user: string): PasskeyRecord[] =>
  [...state.passkeys.values()].filter(passkey => passkey.user === user).toSorted((left, right) => left.createdAt - right.createdAt || compareText(left.id, right.id))

function addPasskey(state: MemoryState, passkey: PasskeyRecord, limit: number): 'added' | 'taken' | 'full' {
  const owner = state.users.get(passkey.user)
  if (state.passkeys.has(passkey.id) || !owner || owner.deleted) return 'taken'
  if (ownPasskeys(state, passkey.user).length >= limit) return 'full'
  state.passkeys.set(passkey.id, copy(passkey))
  return 'added'
}

function createMemoryPasskeys(state: MemoryState, writes: MemoryWrites) {
  const own = (user: string, id: string) => (state.passkeys.get(id)?.user === user ? state.passkeys.get(id) : undefined)
  return {
    addPasskey: (passkey: PasskeyRecord, limit: number) => writes.run(() => addPasskey(state, passkey, limit)),
    passkeysOf: async (user: string) => copy(ownPasskeys(state, user)),
    async passkey(id: string) {
      const passkey = state.passkeys.get(id)
      const user = passkey && findState(state, passkey.user)
      return user && { passkey: copy(passkey), user }
    },
    usePasskey: (id: string, counter: number, at: number) => writes.run(() => {
      const passkey = state.passkeys.get(id)
      if (!passkey || !(passkey.counter < counter || (passkey.counter === 0 && counter === 0))) return false
      Object.assign(passkey, { counter, lastUsedAt: at })
      return true
    }),
    renamePasskey: (user: string, id: string, name: string) => writes.run(() => own(user, id) !== undefined && Object.assign(own(user, id)!, { name }).name === name),
    removePasskey: (user: string, id: string) => writes.run(() => own(user, id) !== undefined && state.passkeys.delete(id)),
  }
}

export function createMemorySecondFactor(state: MemoryState, writes: MemoryWrites): SecondFactorStore {
  return {
    ...createMemoryPasskeys(state, writes),
    async totp(user) {
      const found = state.totp.get(user)
      return found && { sealedSecret: found.sealedSecret, lastStep: found.lastStep, createdAt: found.createdAt, codesLeft: found.codes.size }
    },
    addTotp: (user, { sealedSecret, lastStep, createdAt }, codeHashes) => writes.run(() => {
      const owner = state.users.get(user)
      if (!owner || owner.deleted || state.totp.has(user)) return false
      state.totp.set(user, { sealedSecret, lastStep, createdAt, codes: new Set(codeHashes) })
      return true
    }),
    useTotpStep: (user, step) => writes.run(() => {
      const found = state.totp.get(user)
      if (!found || found.lastStep >= step) return false
      found.lastStep = step
      return true
    }),
    useRecoveryCode: (user, hash) => writes.run(() => state.totp.get(user)?.codes.delete(hash) ?? false),
    replaceRecoveryCodes: (user, hashes) => writes.run(() => {
      const found = state.totp.get(user)
      if (found) found.codes = new Set(hashes)
      return found !== undefined
    }),
    removeTotp: user => writes.run(() => state.totp.delete(user)),
    clearSecondFactor: (user, audit) => writes.run(() => {
      const owner = state.users.get(user)
      if (!owner || owner.deleted) return false
      forgetSecondFactor(state, user)
      state.audit.push(copy(audit))
      return true
    }),
  }
}

/** All of a user's passkeys and codes go. */
export function forgetSecondFactor(state: MemoryState, user: string): void {
  state.totp.delete(user)
  for (const { id } of ownPasskeys(state, user)) state.passkeys.delete(id)
}
