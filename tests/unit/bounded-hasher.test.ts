import { expect, test } from 'vitest'
import { createAccounts } from '#parley/server/auth/accounts.ts'
import { boundHasher } from '#parley/server/auth/bounded-hasher.ts'
import { createPasswords } from '#parley/server/auth/passwords.ts'
import { RateLimited } from '#parley/server/chat/chat-service.ts'
import { systemRandom } from '#parley/server/config/system.ts'
import { createMemoryStore } from '#parley/server/storage/memory.ts'
import { createManualClock, settle } from '#parley/tests/helpers/manual-clock.ts'

/** However many log in at once, the threads that hash are also those of files and DNS. */

/** A hasher whose work ends when the test says so. */
function heldHasher() {
  const held: { what: string, end: (fails?: boolean) => void }[] = []
  const work = <T>(what: string, value: T) => new Promise<T>((resolve, reject) => {
    held.push({ what, end: fails => fails ? reject(new Error('broken')) : resolve(value) })
  })
  return { held, hash: (password: string) => work(`hash ${password}`, `hash:${password}`), verify: (hash: string, password: string) => work(`verify ${password}`, hash === `hash:${password}`) }
}

test('[X9] hashing: at most so many at once, the others in their order, and one that fails gives its place on', async () => {
  const hasher = heldHasher()
  const bounded = boundHasher(hasher, { atOnce: 2, waiting: 3, retryAfter: 1_500 })
  const results = ['a', 'b', 'c', 'd', 'e'].map(password => bounded.hash(password).catch((error: Error) => error.message))
  await settle()
  expect(hasher.held.map(({ what }) => what)).toEqual(['hash a', 'hash b'])
  hasher.held[1]!.end(true)
  await settle()
  expect(hasher.held.map(({ what }) => what)).toEqual(['hash a', 'hash b', 'hash c'])
  const late = bounded.verify('hash:f', 'f')
  const refused = bounded.hash('g')
  await expect(refused).rejects.toBeInstanceOf(RateLimited)
  await expect(refused).rejects.toMatchObject({ retryAfter: 1_500 })
  for (let at = 0; at < 6; at++) {
    hasher.held[at]!.end()
    await settle()
  }
  expect(await Promise.all(results)).toEqual(['hash:a', 'broken', 'hash:c', 'hash:d', 'hash:e'])
  expect(await late).toBe(true)
  // All places are free again.
  const [one, two] = [bounded.hash('h'), bounded.hash('i')]
  await settle()
  expect(hasher.held.slice(6).map(({ what }) => what)).toEqual(['hash h', 'hash i'])
  for (const { end } of hasher.held.slice(6)) end()
  await Promise.all([one, two])
})

test('[X9] a log-in that was turned away because too many hash is no wrong guess', async () => {
  const hasher = heldHasher()
  const bounded = boundHasher(hasher, { atOnce: 1, waiting: 0, retryAfter: 1_000 })
  const making = createPasswords(bounded, 'nobody')
  await settle()
  hasher.held[0]!.end()
  const accounts = createAccounts({ store: createMemoryStore(), passwords: await making, clock: createManualClock(), random: systemRandom, registration: () => 'open', setupCode: undefined })
  const busy = bounded.hash('somebody else')
  const from = { address: '198.51.100.7', local: false }
  for (let n = 0; n < 200; n++) await expect(accounts.logIn('ann', 'x', from)).rejects.toBeInstanceOf(RateLimited)
  hasher.held[1]!.end()
  await busy
  const guess = accounts.logIn('ann', 'x', from)
  await settle()
  hasher.held[2]!.end()
  expect(await guess).toEqual({ ok: false, code: 'bad_credentials' })
})
