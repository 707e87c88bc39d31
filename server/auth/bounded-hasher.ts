import type { PasswordHasher } from '#parley/server/auth/passwords.ts'
import { RateLimited } from '#parley/server/chat/chat-service.ts'

/**
 * Each hash fills a thread of libuv's pool of four for tens of milliseconds, and files and DNS wait for the same threads: two at once leave
 * them the others. Behind those wait as many as are done in about two seconds; who comes then is told to come back.
 */
const usual = { atOnce: 2, waiting: 64, retryAfter: 2_000 }

/**
 * A hasher that a flood of log-ins from many addresses, which no limit by address stops, cannot make the whole server wait for.
 *
 * @throws RateLimited (429 with `Retry-After`) when the queue is full; nothing was hashed or compared then
 */
export function boundHasher(hasher: PasswordHasher, { atOnce, waiting, retryAfter }: typeof usual = usual): PasswordHasher {
  const queue: (() => void)[] = []
  let running = 0

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running < atOnce) running++
    else {
      if (queue.length >= waiting) throw new RateLimited(retryAfter)
      // Whoever ends hands its place over: counted anew, a newcomer could take it before the one who waits.
      await new Promise<void>(resolve => queue.push(resolve))
    }
    try {
      return await work()
    }
    finally {
      const next = queue.shift()
      if (next === undefined) running--
      else next()
    }
  }

  return {
    hash: password => inTurn(() => hasher.hash(password)),
    verify: (hash, password) => inTurn(() => hasher.verify(hash, password)),
  }
}
