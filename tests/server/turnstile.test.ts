import { describe, expect, it } from 'vitest'
import { Turnstile } from '#parley/server/chat/turnstile.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'

function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

describe('turnstile', () => {
  it('lets a bounded number in, the others in the order in which they came', async () => {
    const turnstile = new Turnstile(2)
    const gates = Array.from({ length: 5 }, gate)
    const begun: number[] = []
    const runs = gates.map(({ opened }, i) => turnstile.run(async () => {
      begun.push(i)
      await opened
      return i
    }))
    await settle()
    expect(begun).toEqual([0, 1])
    gates[1]?.open()
    await settle()
    expect(begun).toEqual([0, 1, 2])
    for (const { open } of gates) open()
    expect(await Promise.all(runs)).toEqual([0, 1, 2, 3, 4])
  })

  it('a task that fails gives its place free', async () => {
    const turnstile = new Turnstile(1)
    await expect(turnstile.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await turnstile.run(() => Promise.resolve('next'))).toBe('next')
  })
})

describe('a storm of connections', () => {
  it('[W1] asks the store for a bounded number of them at a time, and opens all', async () => {
    const inside = { now: 0, most: 0 }
    const harness = new ServerHarness({
      store: store => ({
        ...store,
        async heads(user) {
          inside.most = Math.max(inside.most, ++inside.now)
          await Promise.resolve()
          const heads = await store.heads(user)
          inside.now--
          return heads
        },
      }),
      settings: { maxConnectionsPerUser: 1_000, maxConnectionsPerIp: 1_000 },
    })
    await harness.users('ana')
    const pairs = Array.from({ length: 300 }, () => harness.dial('ana'))
    pairs[100]?.drop()
    await settle()
    expect(inside.most).toBeLessThanOrEqual(64)
    expect(pairs.filter(pair => pair.of('welcome').length === 1)).toHaveLength(299)
  })
})
