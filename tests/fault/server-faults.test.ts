import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { faultWorld } from '#parley/tests/helpers/fault-world.ts'
import type { HeadlessClient } from '#parley/tests/helpers/headless-client.ts'

/** What happens to the server's process, seen by those who use it. Waiting times are divided by `factor`. */
const factor = 5

const numbered = (count: number, word = 'message') => Array.from({ length: count }, (_, n) => `${word} ${n + 1}`)

/** The value below which so many per cent of the values lie. */
const percentile = (values: readonly number[], share: number) => [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))]!

describe('a server that stands still or dies', () => {
  test('[F11] stopped for 20 s with sends pending, then continued: ✓ once each, in order', async () => {
    const world = await faultWorld(['ann', 'ben'], { factor })
    const ann = await world.page(0)
    const ben = await world.page(1)
    world.server.signal('SIGSTOP')
    for (const text of numbered(10)) ann.say(world.room, text)
    await setTimeout(10_000 / factor)
    for (const text of numbered(10, 'later')) ann.say(world.room, text)
    await setTimeout(10_000 / factor)
    expect(ann.sendStates(world.room).every(state => state === 'queued' || state === 'sending')).toBe(true)
    world.server.signal('SIGCONT')
    await ann.until(() => ann.allSent(world.room, 20), '✓ everywhere')
    await ben.until(() => ben.texts(world.room).length === 20, 'all of them')
    expect(ben.texts(world.room)).toEqual([...numbered(10), ...numbered(10, 'later')])
    await world.judge()
  })

  test('[F12, F3, R5] killed between commit and push: after the restart everybody has it, once, without doing anything', async () => {
    const world = await faultWorld(['ann', 'ben'], { factor, build: 'test', env: { PARLEY_FAILPOINTS: 'after-commit:kill:3' } })
    const ann = await world.page(0)
    const ben = await world.page(1)
    for (const text of numbered(2)) ann.say(world.room, text)
    await ann.until(() => ann.allSent(world.room, 2), '✓')
    ann.say(world.room, 'committed, told to nobody')
    expect((await world.server.exited).signal).toBe('SIGKILL')
    expect(ann.sendStates(world.room).at(-1)).not.toBe('sent')
    await world.restart({ env: { PARLEY_TIME_FACTOR: String(factor), NUXT_RATE_LIMIT: '0' } })
    await ben.untilOnline(40_000 / factor)
    expect(await ben.until(() => ben.texts(world.room).length === 3, 'the message')).toBeLessThan(25_000 / factor)
    await ann.until(() => ann.allSent(world.room, 3), '✓')
    await world.judge()
  })

  test('[F12, R5] killed before the commit: the message waits, and is committed once', async () => {
    const world = await faultWorld(['ann', 'ben'], { factor, build: 'test', env: { PARLEY_FAILPOINTS: 'before-commit:kill:2' } })
    const ann = await world.page(0)
    const ben = await world.page(1)
    for (const text of numbered(5)) ann.say(world.room, text)
    await world.server.exited
    await world.restart({ env: { PARLEY_TIME_FACTOR: String(factor), NUXT_RATE_LIMIT: '0' } })
    await ann.until(() => ann.allSent(world.room, 5), '✓ everywhere', 40_000)
    await ben.until(() => ben.texts(world.room).length === 5, 'all of them')
    expect(ben.texts(world.room)).toEqual(numbered(5))
    await world.judge()
  })

  test('[F13] killed under load, 100 clients: no acknowledged message missing, back within 10 s for 95 of 100, spread out', async () => {
    const world = await faultWorld(numbered(5, 'user').map(name => name.replace(' ', '')), { env: { NUXT_MAX_CONNECTIONS_PER_USER: '100' } })
    const pages: HeadlessClient[] = []
    for (let n = 0; n < 100; n++) pages.push(await world.begin(n % 5))
    for (const page of pages) await page.untilOnline()
    const speakers = pages.slice(0, 10)
    for (const [n, page] of speakers.entries()) for (const text of numbered(20, `from ${n}:`)) page.say(world.room, text)
    await speakers[0]!.until(() => speakers[0]!.sendStates(world.room).filter(state => state === 'sent').length >= 5, 'some ✓')
    await world.server.kill('SIGKILL')
    await world.restart()
    const up = performance.now()
    const upgrades = world.proxy.upgradeTimes.length
    const back = await Promise.all(pages.map(page => page.until(() => page.online, 'online')))
    expect(percentile(back, 0.95)).toBeLessThan(10_000)
    const times = world.proxy.upgradeTimes.slice(upgrades).map(at => at - up)
    // Full jitter over half a second to a few: never all at one moment.
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(100)
    for (const page of speakers) await page.until(() => page.client.pending() === 0, 'nothing pending')
    await world.judge()
  }, 90_000)

  test('[F14, L5] SIGTERM while people write: told "updating", no broken connection, nothing lost, back when the next server is', async () => {
    const world = await faultWorld(['ann', 'ben'])
    const pages = [await world.page(0), await world.page(0), await world.page(1), await world.page(1)]
    const [ann] = pages as [HeadlessClient]
    for (const text of numbered(30)) ann.say(world.room, text)
    await world.server.kill('SIGTERM')
    expect(await world.server.exited).toEqual({ code: 0, signal: null })
    for (const page of pages) await page.until(() => page.waits().length > 0, 'the goodbye')
    expect(pages.map(page => page.waits()[0]!.cause)).toEqual(['restart', 'restart', 'restart', 'restart'])
    ann.say(world.room, 'while it was away')
    await world.restart()
    await ann.until(() => ann.allSent(world.room, 31), '✓ everywhere')
    // Each was given its own moment to come back.
    const moments = pages.map(page => page.states.find(({ state }) => state.name === 'waiting')!.state).map(state => state.name === 'waiting' ? state.retryAt : 0)
    expect(new Set(moments).size).toBe(4)
    await world.judge()
  })
})

describe('clocks that are wrong', () => {
  test('[F15] the server\'s clock goes an hour forward and an hour back between starts: the order stays that of the log', async () => {
    const world = await faultWorld(['ann', 'ben'], { build: 'test' })
    const ann = await world.page(0)
    const ben = await world.page(1)
    for (const [n, hours] of [0, 1, -1].entries()) {
      if (n > 0) {
        await world.server.kill('SIGTERM')
        await world.restart({ env: { NUXT_RATE_LIMIT: '0', PARLEY_CLOCK_OFFSET: String(hours * 3_600_000) } })
        await ann.untilOnline()
      }
      for (const text of numbered(3, `round ${n}:`)) ann.say(world.room, text)
      await ann.until(() => ann.allSent(world.room, 3 * (n + 1)), '✓')
    }
    await ben.until(() => ben.texts(world.room).length === 9, 'all of them')
    const at = ben.rows(world.room).map(row => row.at)
    expect(at[3]! - at[2]!).toBeGreaterThan(3_500_000)
    expect(at[6]! - at[5]!).toBeLessThan(-7_000_000)
    expect(ben.texts(world.room)).toEqual([0, 1, 2].flatMap(n => numbered(3, `round ${n}:`)))
    await world.judge()
  })

  test('[F16] the device\'s clock is a day wrong, then jumps both ways: one connection throughout, times from the server', async () => {
    const world = await faultWorld(['ann', 'ben'], { factor })
    const ann = await world.page(0)
    const ben = await world.page(1)
    const day = 86_400_000
    for (const [n, skew] of [day, -day, 0].entries()) {
      ann.environment.skew = skew
      ann.environment.signal('focus')
      ann.say(world.room, `at skew ${n}`)
      await ann.until(() => ann.allSent(world.room, n + 1), '✓')
      await setTimeout(40_000 / factor / 3)
    }
    await ben.until(() => ben.texts(world.room).length === 3, 'all of them')
    expect(ann.waits()).toEqual([])
    for (const row of ann.rows(world.room)) expect(Math.abs(row.at - Date.now())).toBeLessThan(60_000)
    await world.judge()
  })
})

describe('a handler that fails', () => {
  test.each(['before-commit:throw:4', 'after-commit:throw:4'])('[F56, S5] %s: that connection ends, its op is sent again and there once; the others notice nothing', async (failpoint) => {
    const world = await faultWorld(['ann', 'ben'], { factor, build: 'test', env: { PARLEY_FAILPOINTS: failpoint } })
    const ann = await world.page(0)
    const ben = await world.page(1)
    for (const text of numbered(8)) ann.say(world.room, text)
    await ann.until(() => ann.allSent(world.room, 8), '✓ everywhere')
    await ben.until(() => ben.texts(world.room).length === 8, 'all of them')
    expect(ann.waits().map(wait => wait.cause)).toEqual(['busy'])
    expect(ben.waits()).toEqual([])
    expect(ben.texts(world.room)).toEqual(numbered(8))
    await world.judge()
  })
})
