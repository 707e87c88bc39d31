import { Scrypt } from '@adonisjs/hash/drivers/scrypt'
import type { PasswordHasher } from '#parley/server/auth/passwords.ts'

/** As the server hashes, which gets it from nuxt-auth-utils: the same package with its own defaults. */
export function createPasswordHasher(): PasswordHasher {
  const scrypt = new Scrypt({})
  return { hash: password => scrypt.make(password), verify: (hash, password) => scrypt.verify(hash, password) }
}
