import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWorld } from '#parley/tests/helpers/browser-world.ts'
import type { BrowserWorld, Visitor } from '#parley/tests/helpers/browser-world.ts'
import { setClock, setFrozen, setHidden, shimClock, shimHiddenTab, watchConnection } from '#parley/tests/helpers/devtools.ts'

/** The server's clock runs this much faster: it pings every 0.8 s and drops who is silent for 2 s. The pages keep ordinary time. */
const factor = 30
const day = 24 * 3_600_000

let world: BrowserWorld

beforeAll(async () => {
  // Playwright switches the back-forward cache off; users have it.
  world = await openWorld({ factor, launch: { ignoreDefaultArgs: ['--disable-back-forward-cache'] } })
})

afterAll(() => world.close())

/** Texts of the server's frames on the sockets that the page opens from now on. */
function recordFrames(page: Page): { sockets: number, pings: number } {
  const seen = { sockets: 0, pings: 0 }
  page.on('websocket', (socket) => {
    seen.sockets += 1
    socket.on('framereceived', ({ payload }) => {
      if (String(payload).includes('"ping"')) seen.pings += 1
    })
  })
  return seen
}

const times = (person: Visitor) => person.page.locator('[data-testid="message"] time').evaluateAll(all => all.map(time => (time as HTMLTimeElement).dateTime))
const header = (person: Visitor) => person.page.locator('main header').innerText()

describe('clocks', () => {
  test('[F16] one device a day ahead, one a day behind, then both jump: order and times are the server\'s, and no reconnect', async () => {
    const ahead = await world.visitor('ahead')
    const behind = await world.visitor('behind')
    await shimClock(ahead.context, day)
    await shimClock(behind.context, -day)
    const sockets = [recordFrames(ahead.page), recordFrames(behind.page)]
    await world.pair(ahead, behind)
    const opened = sockets.map(seen => seen.sockets)
    const texts = ['hello']
    for (const [speaker, listener, text] of [[behind, ahead, 'two'], [ahead, behind, 'three'], [ahead, behind, 'four'], [behind, ahead, 'five']] as const) {
      await speaker.say(text)
      await listener.sees(text)
      texts.push(text)
    }
    await setClock(ahead.page, { offset: -day })
    await setClock(behind.page, { offset: day })
    for (const [speaker, listener, text] of [[ahead, behind, 'six'], [behind, ahead, 'seven']] as const) {
      await speaker.say(text)
      await listener.sees(text)
      texts.push(text)
    }
    for (const person of [ahead, behind]) {
      await person.seesExactly(texts)
      await expect.poll(() => person.pending()).toBe(0)
      expect((await person.rows()).map(row => row.seq)).toEqual(texts.map((_, n) => n + 1))
      await person.connection('online')
      expect(person.errors).toEqual([])
    }
    const shown = await times(ahead)
    expect(shown.length).toBeGreaterThan(0)
    for (const time of shown) expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(day / 24)
    expect(sockets.map(seen => seen.sockets)).toEqual(opened)
    await Promise.all([ahead.context.close(), behind.context.close()])
  })
})

describe('sleep', () => {
  test('[F17, L2] a laptop that slept for ten minutes on a link that died: one reconnect, and all that was said', async () => {
    const ann = await world.visitor('ann')
    const ben = await world.visitor('ben')
    await shimClock(ben.context)
    await world.pair(ann, ben)
    await setClock(ben.page, { jumpOnResume: 600_000 })
    await setFrozen(ben.page, true)
    for (const link of ben.proxy.links) link.hole('both')
    for (const text of ['second', 'third']) await ann.say(text)
    await expect.poll(() => ann.pending()).toBe(0)
    const before = ben.proxy.upgradeTimes.length
    const woken = performance.now()
    await setFrozen(ben.page, false)
    await ben.seesExactly(['hello', 'second', 'third'])
    await ben.connection('online')
    // 3 s for the probe that finds the link dead; the rest is this machine drawing.
    expect(performance.now() - woken).toBeLessThan(8_000)
    await ann.say('fourth')
    await ben.seesExactly(['hello', 'second', 'third', 'fourth'])
    expect(ben.proxy.upgradeTimes.length - before).toBe(1)
    expect([...ann.errors, ...ben.errors]).toEqual([])
    await Promise.all([ann.context.close(), ben.context.close()])
  })

  test('[F18, B6, L1] a tab that is hidden for ten minutes, its timers at one a minute, stays connected', async () => {
    const cara = await world.visitor('cara')
    const dan = await world.visitor('dan')
    await shimHiddenTab(dan.context)
    const seen = recordFrames(dan.page)
    await world.pair(cara, dan)
    const before = { ...seen }
    await setHidden(dan.page, true)
    // Ten minutes of the server's time, told by its pings: a peer that did not answer would be gone after the third.
    await expect.poll(() => seen.pings - before.pings, { timeout: 50_000 }).toBeGreaterThanOrEqual(22)
    await cara.say('are you there')
    await expect.poll(() => cara.pending()).toBe(0)
    expect(await header(cara)).toContain('Away')
    expect(seen.sockets).toBe(before.sockets)
    await setHidden(dan.page, false)
    await dan.seesExactly(['hello', 'are you there'])
    await dan.connection('online')
    expect(seen.sockets).toBe(before.sockets)
    expect([...cara.errors, ...dan.errors]).toEqual([])
    await Promise.all([cara.context.close(), dan.context.close()])
  })

  test('[F19, B5, L1] a page frozen for 90 s is dropped by the server, shown as away, and catches up when it wakes', async () => {
    const emil = await world.visitor('emil')
    const faye = await world.owner('faye')
    await world.pair(emil, faye)
    await expect.poll(() => header(emil)).toContain('Online')
    await faye.own.freeze(faye.page)
    // 60 s until it counts as dead and 10 s of grace, at the server's speed; the browser's network answers protocol pings all the while.
    await expect.poll(() => header(emil), { timeout: 20_000 }).not.toContain('Online')
    for (const text of ['second', 'third', 'fourth']) await emil.say(text)
    await expect.poll(() => emil.pending()).toBe(0)
    expect((await emil.ownStates()).slice(1)).toEqual(['sent', 'sent', 'sent'])
    await faye.own.show(faye.page)
    await faye.seesExactly(['hello', 'second', 'third', 'fourth'])
    await faye.connection('online')
    await expect.poll(() => header(emil)).toContain('Online')
    await expect.poll(() => emil.ownStates()).not.toContain('sent')
    expect([...emil.errors, ...faye.errors]).toEqual([])
    await Promise.all([emil.context.close(), faye.context.close()])
  })
})

describe('the back-forward cache', () => {
  test('[F20] a page that comes back from it reconnects at once, catches up, and claims no connection that it has not', async () => {
    const gwen = await world.visitor('gwen')
    const hugo = await world.visitor('hugo')
    await world.pair(gwen, hugo)
    await hugo.page.evaluate(() => {
      const shown: boolean[] = []
      Object.assign(globalThis, { parleyShown: shown })
      window.addEventListener('pageshow', ({ persisted }) => shown.push(persisted))
    })
    const seen = await watchConnection(hugo.page)
    const left = hugo.proxy.sockets.map(link => link.closed)
    await hugo.goto('/favicon.svg')
    for (const text of ['second', 'third']) await gwen.say(text)
    await expect.poll(() => gwen.pending()).toBe(0)
    await hugo.page.evaluate(() => history.back())
    await hugo.page.waitForURL('**/chat/**', { waitUntil: 'commit' })
    await hugo.seesExactly(['hello', 'second', 'third'])
    await hugo.connection('online')
    expect(await hugo.page.evaluate(() => Reflect.get(globalThis, 'parleyShown') as boolean[] | undefined)).toEqual([true])
    expect(await seen()).toContain('connecting')
    await Promise.all(left)
    await gwen.say('fourth')
    await hugo.seesExactly(['hello', 'second', 'third', 'fourth'])
    expect([...gwen.errors, ...hugo.errors]).toEqual([])
    await Promise.all([gwen.context.close(), hugo.context.close()])
  })
})
