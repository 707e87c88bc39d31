import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '#parley/server/chat/ports.ts'

/** Things that a browser has begun and must finish soon: a challenge to sign, a log-in that still lacks its code. */
export interface Begun<T> {
  /** @returns what names it from now on: 256 random bits */
  begin(browser: string, value: T): string
  /** What was begun in this browser, and stands. Undefined: unknown, of another browser, or too old. */
  find(browser: string, token: string): T | undefined
  /** The same, and it is used up: of two that come with one token, the first gets it. */
  take(browser: string, token: string): T | undefined
}

/** Things remembered at most: whoever begins without end pushes out the oldest ones, not the server's memory. */
const most = 20_000

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

/**
 * Lives in this process only, like tickets, and keeps hashes of what names a thing: a memory dump shows none that counts. Only the
 * browser that began one can go on with it, so a token that leaks from a page is worth nothing elsewhere.
 *
 * @param age ms that something stands
 */
export function createBegun<T>(clock: Pick<Clock, 'monotonic'>, age: number): Begun<T> {
  const begun = new Map<string, { browser: string, value: T, expires: number }>()

  // The order of insertion is that of expiry, so the sweep stops at the first that stands.
  const sweep = (now: number): void => {
    for (const [key, { expires }] of begun) {
      if (expires > now && begun.size < most) break
      begun.delete(key)
    }
  }
  const find = (browser: string, token: string): T | undefined => {
    const found = begun.get(digest(token))
    return found !== undefined && found.browser === digest(browser) && found.expires > clock.monotonic() ? found.value : undefined
  }

  return {
    begin(browser, value) {
      const now = clock.monotonic()
      sweep(now)
      const token = randomBytes(32).toString('base64url')
      begun.set(digest(token), { browser: digest(browser), value, expires: now + age })
      return token
    },
    find,
    take(browser, token) {
      const value = find(browser, token)
      // What belongs to another browser stays: else whoever sees a token could end it for its owner.
      if (value !== undefined) begun.delete(digest(token))
      return value
    },
  }
}
