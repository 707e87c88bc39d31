import type { Clock } from '#parley/server/chat/ports.ts'

/** A token bucket; `rate` tokens per second, at most `burst` of them. A rate of 0 means no limit (L4). */
export class TokenBucket {
  readonly #rate: number
  readonly #burst: number
  readonly #clock: Clock
  #tokens: number
  #at: number

  constructor(rate: number, burst: number, clock: Clock) {
    this.#rate = rate
    this.#burst = burst
    this.#clock = clock
    this.#tokens = burst
    this.#at = clock.monotonic()
  }

  take(): boolean {
    if (this.#rate <= 0) return true
    this.#refill()
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  /** Ms until a token is there. */
  wait(): number {
    if (this.#rate <= 0) return 0
    this.#refill()
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.#rate) * 1000)
  }

  get full(): boolean {
    if (this.#rate <= 0) return true
    this.#refill()
    return this.#tokens >= this.#burst
  }

  #refill(): void {
    const now = this.#clock.monotonic()
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1000) * this.#rate)
    this.#at = now
    // A wait computed in whole ms must end with a whole token, or the waiter would wake up for nothing.
    if (this.#burst >= 1 && this.#tokens > 0.999 && this.#tokens < 1) this.#tokens = 1
  }
}

/** One user's bucket. Connections that find it empty wait in a line and get one token each in turn (L4). */
export class UserBucket {
  readonly #bucket: TokenBucket
  readonly #clock: Clock
  #line: Set<() => void> | undefined
  #armed = false

  constructor(bucket: TokenBucket, clock: Clock) {
    this.#bucket = bucket
    this.#clock = clock
  }

  /** Takes a token unless others wait for one. */
  take(): boolean {
    return !this.#line?.size && this.#bucket.take()
  }

  /** Ms until a newcomer could expect a token. */
  get delay(): number {
    return Math.max(1, this.#bucket.wait())
  }

  /** Gets in line; `granted` is called once, holding a token. @returns what leaves the line */
  wait(granted: () => void): () => void {
    const entry = () => granted()
    const line = this.#line ??= new Set()
    line.add(entry)
    this.#arm()
    return () => {
      line.delete(entry)
    }
  }

  get unused(): boolean {
    return !this.#line?.size && this.#bucket.full
  }

  #arm(): void {
    if (this.#armed) return
    this.#armed = true
    this.#clock.timer(() => this.#serve(), this.delay)
  }

  #serve(): void {
    this.#armed = false
    const line = this.#line
    for (const entry of [...line ?? []]) {
      if (!line?.has(entry)) continue
      if (!this.#bucket.take()) break
      line.delete(entry)
      entry()
    }
    if (line?.size) this.#arm()
  }
}

/** The buckets of all users that were active lately. */
export class UserBuckets {
  readonly #rate: number
  readonly #clock: Clock
  readonly #buckets = new Map<string, UserBucket>()

  /** @param rate ops per second; the burst is three times that (L4) */
  constructor(rate: number, clock: Clock) {
    this.#rate = rate
    this.#clock = clock
  }

  of(user: string): UserBucket {
    let bucket = this.#buckets.get(user)
    if (!bucket) {
      bucket = new UserBucket(new TokenBucket(this.#rate, this.#rate * 3, this.#clock), this.#clock)
      this.#buckets.set(user, bucket)
    }
    return bucket
  }

  /**
   * Forgets full buckets, since a new one would be the same; not those that a connection holds, or its next one would not share it.
   */
  sweep(inUse: (user: string) => boolean): void {
    for (const [user, bucket] of this.#buckets) {
      if (bucket.unused && !inUse(user)) this.#buckets.delete(user)
    }
  }
}
