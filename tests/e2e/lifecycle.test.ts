import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWorld } from '#parley/tests/helpers/browser-world.ts'
import type { BrowserWorld } from '#parley/tests/helpers/browser-world.ts'
import { opsOnDisk } from '#parley/tests/helpers/device-disk.ts'
import { Person } from '#parley/tests/helpers/person.ts'

/** What the browser itself does to pages that nobody looks at: it freezes them, and takes them out of memory. */

let world: BrowserWorld

beforeAll(async () => {
  world = await openWorld()
})

afterAll(() => world.close())

describe('frozen by the browser', () => {
  test('[B10, F17, L2] for a moment: the browser ends the socket on resume, and the page shows all that was said meanwhile', async () => {
    const ann = await world.visitor('ann')
    const ben = await world.owner('ben')
    await world.pair(ann, ben)
    const [socket] = ben.proxy.sockets
    let ended = false
    void socket!.closed.then(() => {
      ended = true
    })
    await ben.own.freeze(ben.page)
    for (const text of ['second', 'third']) await ann.say(text)
    await expect.poll(() => ann.pending()).toBe(0)
    expect((await ben.rows()).map(row => row.text)).toEqual(['hello'])
    expect(ended).toBe(false)
    const before = ben.proxy.upgradeTimes.length
    await ben.own.show(ben.page)
    await socket!.closed
    await ben.seesExactly(['hello', 'second', 'third'])
    await ben.connection('online')
    expect(ben.proxy.upgradeTimes.length - before).toBe(1)
    expect([...ann.errors, ...ben.errors]).toEqual([])
    await ann.context.close()
  })

  test('[F39, B9] a tab freezes while it flushes the shared outbox: another tab sends within 15 s, and each message once', async () => {
    const cara = await world.owner('cara')
    const dan = await world.visitor('dan')
    await world.pair(cara, dan)
    const [own] = cara.proxy.sockets
    const other = new Person('cara', await cara.own.openWindow(), cara.proxy.url)
    await other.goto(new URL(cara.page.url()).pathname)
    await other.sees('hello')
    await other.connection('online')
    own!.hole('up')
    await cara.own.show(cara.page)
    for (const text of ['one', 'two', 'three']) await cara.say(text)
    await expect.poll(() => opsOnDisk(other.page)).toBe(3)
    await cara.own.freeze(cara.page)
    const frozen = performance.now()
    await dan.seesExactly(['hello', 'one', 'two', 'three'])
    expect(performance.now() - frozen).toBeLessThan(15_000)
    await cara.own.show(cara.page)
    await cara.connection('online')
    for (const tab of [cara, other, dan]) {
      await tab.seesExactly(['hello', 'one', 'two', 'three'])
      await expect.poll(() => tab.pending()).toBe(0)
      expect((await tab.rows()).map(row => row.seq)).toEqual([1, 2, 3, 4])
    }
    expect([...cara.errors, ...other.errors, ...dan.errors]).toEqual([])
    await dan.context.close()
  })
})

describe('discarded by the browser', () => {
  test('[F36, S6] a tab with messages that wait: they are there when its owner comes back to it, and are sent once, in order', async ({ skip }) => {
    const emil = await world.owner('emil')
    const faye = await world.visitor('faye')
    // The headless shell, which some packages ship as the whole browser, has no tabs that it could discard.
    if (!emil.own.discards) skip('this browser discards no tabs')
    await world.pair(emil, faye)
    emil.proxy.http(/ticket/, { status: 502 })
    for (const link of emil.proxy.sockets) link.drop()
    await emil.offline()
    for (const text of ['one', 'two', 'three']) await emil.say(text)
    await expect.poll(() => opsOnDisk(emil.page)).toBe(3)
    // Chromium discards no tab in which somebody has typed since it was loaded.
    await emil.page.reload()
    await emil.seesExactly(['hello', 'one', 'two', 'three'])
    const comeBack = await emil.own.discard(emil.page)
    await emil.proxy.heal()
    await faye.say('where are you')
    await expect.poll(() => faye.pending()).toBe(0)
    const back = new Person('emil', await comeBack(), emil.proxy.url)
    expect(await back.page.evaluate(() => Reflect.get(document, 'wasDiscarded') as boolean)).toBe(true)
    for (const person of [back, faye]) await person.seesExactly(['hello', 'where are you', 'one', 'two', 'three'])
    await expect.poll(() => back.pending()).toBe(0)
    expect((await back.rows()).map(row => row.cid)).toEqual((await faye.rows()).map(row => row.cid))
    expect([...back.errors, ...faye.errors]).toEqual([])
    await faye.context.close()
  })
})
