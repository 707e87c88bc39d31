import type { Clock } from '#parley/server/chat/ports.ts'

export interface RateLimit {
  /** Attempts that may come at once. */
  burst: number
  /** Ms until one more attempt is allowed. */
  refill: number
}

export interface RateLimiter {
  /** Takes one attempt. @returns 0 when it may go on, else the ms until it may */
  take(key: string): number
  /** Gives an attempt back: it turned out to be a good one. */
  giveBack(key: string): void
}

/** Keys remembered at most; an attacker with many addresses must not own the memory. */
const keyLimit = 50_000

/**
 * Token buckets by key, each kept as the one moment at which it will be full again. A bucket that is full is forgotten.
 * Deliberately simple and in memory: a restart forgives everybody.
 */
export function createRateLimiter(clock: Clock, { burst, refill }: RateLimit): RateLimiter {
  const fullAt = new Map<string, number>()
  const whole = burst * refill

  const forget = (now: number): void => {
    for (const [key, at] of fullAt) if (at <= now) fullAt.delete(key)
    // Still too many: the oldest entries go, which favours the stranger over the memory.
    for (const key of fullAt.keys()) {
      if (fullAt.size < keyLimit) break
      fullAt.delete(key)
    }
  }

  return {
    take(key) {
      const now = clock.monotonic()
      const full = Math.max(fullAt.get(key) ?? now, now) + refill
      if (full - now > whole) return full - now - whole
      if (fullAt.size >= keyLimit) forget(now)
      fullAt.delete(key)
      fullAt.set(key, full)
      return 0
    },
    giveBack(key) {
      const full = fullAt.get(key)
      if (full === undefined) return
      if (full - refill <= clock.monotonic()) fullAt.delete(key)
      else fullAt.set(key, full - refill)
    },
  }
}
