import { createRateLimiter, type RateLimit } from '#parley/server/auth/rate-limiter.ts'
import type { Clock } from '#parley/server/chat/ports.ts'

export interface GuessLimits {
  /**
   * Counts an attempt before its outcome is known, so that a volley of parallel ones is limited too. An attempt that one limit
   * refuses costs nothing in the others: else one address could use up what the owner needs.
   *
   * @returns 0 when it may go on, else the ms until it may
   */
  take(account: string, network: string): number
  /** The attempt was right. */
  giveBack(account: string, network: string): void
}

/**
 * Wrong guesses are limited three ways: by account and address (someone guesses at one account), by account (many addresses guess at
 * it; wide, so that nobody can lock the owner out with a handful of tries) and by address (one guesses at many accounts).
 */
export function createGuessLimits(clock: Clock, limits: { both: RateLimit, account: RateLimit, network: RateLimit }): GuessLimits {
  const limiters = [
    { limiter: createRateLimiter(clock, limits.both), key: (account: string, network: string) => `${network} ${account}` },
    { limiter: createRateLimiter(clock, limits.account), key: (account: string) => account },
    { limiter: createRateLimiter(clock, limits.network), key: (_account: string, network: string) => network },
  ]
  return {
    take(account, network) {
      for (const [index, { limiter, key }] of limiters.entries()) {
        const wait = limiter.take(key(account, network))
        if (wait === 0) continue
        for (const earlier of limiters.slice(0, index)) earlier.limiter.giveBack(earlier.key(account, network))
        return wait
      }
      return 0
    },
    giveBack(account, network) {
      for (const { limiter, key } of limiters) limiter.giveBack(key(account, network))
    },
  }
}
