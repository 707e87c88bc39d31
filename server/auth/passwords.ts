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
      // An account without a password costs what no account does.
      const known = hash || undefined
      const matches = await hasher.verify(known ?? nobody, composed(password))
      return matches && known !== undefined
    },
  }
}
