import { describe, expect, it } from 'vitest'
import { TokenBucket, UserBucket, UserBuckets } from '#parley/server/chat/rate-limit.ts'
import { createManualClock } from '#parley/tests/helpers/manual-clock.ts'

describe('token bucket', () => {
  it('[L4] gives the burst at once and then the rate', async () => {
    const clock = createManualClock()
    const bucket = new TokenBucket(20, 60, clock)
    expect(Array.from({ length: 70 }, () => bucket.take()).filter(Boolean)).toHaveLength(60)
    await clock.advance(500)
    expect(Array.from({ length: 70 }, () => bucket.take()).filter(Boolean)).toHaveLength(10)
    expect(bucket.wait()).toBe(50)
    await clock.advance(60_000)
    expect(Array.from({ length: 70 }, () => bucket.take()).filter(Boolean)).toHaveLength(60)
  })

  it('[L4] a rate of 0 is no limit', () => {
    const bucket = new TokenBucket(0, 0, createManualClock())
    expect(Array.from({ length: 1_000 }, () => bucket.take()).every(Boolean)).toBe(true)
    expect(bucket.wait()).toBe(0)
  })
})

describe('the bucket of a user', () => {
  it('[L4] who waits is served in turn, and nobody takes a token past the line', async () => {
    const clock = createManualClock()
    const bucket = new UserBucket(new TokenBucket(10, 1, clock), clock)
    expect(bucket.take()).toBe(true)
    const served: string[] = []
    const wait = (who: string, times: number) => bucket.wait(() => {
      served.push(who)
      if (times > 1) wait(who, times - 1)
    })
    wait('a', 2)
    wait('b', 2)
    for (let i = 0; i < 5; i++) {
      await clock.advance(100)
      if (served.length < 4) expect(bucket.take()).toBe(false)
    }
    expect(served).toEqual(['a', 'b', 'a', 'b'])
  })

  it('[L4] who leaves the line is not served', async () => {
    const clock = createManualClock()
    const bucket = new UserBucket(new TokenBucket(10, 1, clock), clock)
    bucket.take()
    const served: string[] = []
    const leave = bucket.wait(() => served.push('a'))
    bucket.wait(() => served.push('b'))
    leave()
    await clock.advance(1_000)
    expect(served).toEqual(['b'])
  })

  it('is forgotten only when full and held by no connection', async () => {
    const clock = createManualClock()
    const buckets = new UserBuckets(1, clock)
    const bucket = buckets.of('ana')
    bucket.take()
    buckets.sweep(() => false)
    expect(buckets.of('ana')).toBe(bucket)
    await clock.advance(5_000)
    buckets.sweep(user => user === 'ana')
    expect(buckets.of('ana')).toBe(bucket)
    buckets.sweep(() => false)
    expect(buckets.of('ana')).not.toBe(bucket)
  })
})
