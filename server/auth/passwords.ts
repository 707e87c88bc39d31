import { commonPasswords } from '#parley/server/auth/common-passwords.ts'
import { foldText } from '#parley/shared/fold.ts'
import { codePointLength, isCleanText, limits } from '#parley/shared/protocol/index.ts'

/** A slow, salted hash (scrypt); the composition root supplies it. */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  verify(hash: string, password: string): Promise<boolean>
}

export interface Passwords {
  hash(password: string): Promise<string>
  /** False for an unknown user (`undefined`), after the same work as for a known one (X9). */
  verify(hash: string | undefined, password: string): Promise<boolean>
}

/** Keyboards of different systems compose the same accent differently; without this a right password could be refused on another device. */
const composed = (password: string): string => password.normalize('NFC')

/**
 * @param randomText unguessable; hashed once at start as the password of nobody, so that an unknown user costs what a known one does
 */
export async function createPasswords(hasher: PasswordHasher, randomText: string): Promise<Passwords> {
  const nobody = await hasher.hash(randomText)
  return {
    hash: password => hasher.hash(composed(password)),
    async verify(hash, password) {
      const matches = await hasher.verify(hash ?? nobody, composed(password))
      return matches && hash !== undefined
    },
  }
}

/**
 * Judges a new password (PROTOCOL 11): 8 to 256 characters, none of the common ones, not the user name.
 *
 * @returns undefined when it is good
 */
export function passwordFault(password: string, username: string): 'password_weak' | 'password_common' | undefined {
  const length = codePointLength(password)
  if (length < limits.passwordMin || length > limits.passwordMax || !isCleanText(password)) return 'password_weak'
  const folded = foldText(password)
  if (folded === foldText(username)) return 'password_weak'
  if (new Set(folded).size === 1) return 'password_weak'
  return commonPasswords.has(folded) ? 'password_common' : undefined
}
