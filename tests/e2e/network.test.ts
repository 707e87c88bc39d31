import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWorld } from '#parley/tests/helpers/browser-world.ts'
import type { BrowserWorld, Visitor } from '#parley/tests/helpers/browser-world.ts'
import { switchOffline, tellNetwork, watchConnection } from '#parley/tests/helpers/devtools.ts'

let world: BrowserWorld

beforeAll(async () => {
  world = await openWorld()
})

afterAll(() => world.close())

const banner = (person: Visitor) => person.on('connection-banner').getByRole('status')

/** Counts the ticket calls that failed from now on: each begins one wait of the backoff. */
function countFailures(page: Page): () => number {
  let failed = 0
  page.on('requestfailed', (request) => {
    if (request.url().endsWith('/api/ws/ticket')) failed += 1
  })
  return () => failed
}

describe('what the browser says about the network', () => {
  test('[F21, L2] `offline` while the link lives: messages go both ways on the same socket, and no banner', async () => {
    const ann = await world.visitor('ann')
    const ben = await world.visitor('ben')
    await world.pair(ann, ben)
    const seen = await watchConnection(ann.page)
    const upgrades = ann.proxy.upgradeTimes.length
    await tellNetwork(ann.page, false)
    expect(await ann.page.evaluate(() => navigator.onLine)).toBe(false)
    await ann.say('still there')
    await ben.sees('still there')
    await ben.say('so am I')
    await ann.sees('so am I')
    await expect.poll(() => ann.ownStates()).not.toContain('queued')
    await tellNetwork(ann.page, true)
    await ann.seesExactly(['hello', 'still there', 'so am I'])
    expect(await ann.pending()).toBe(0)
    expect(await seen()).toEqual(['online'])
    expect(ann.proxy.upgradeTimes.length).toBe(upgrades)
    expect([...ann.errors, ...ben.errors]).toEqual([])
    await Promise.all([ann.context.close(), ben.context.close()])
  })

  test('[B1, L2] DevTools\' "offline" ends no open socket and lets nothing through: the probe finds that out, and all is sent when it is over', async () => {
    const dag = await world.visitor('dag')
    const eli = await world.visitor('eli')
    await world.pair(dag, eli)
    const [socket] = dag.proxy.sockets
    let ended = false
    void socket!.closed.then(() => {
      ended = true
    })
    const off = performance.now()
    await switchOffline(dag.page, true)
    await eli.say('are you there')
    await dag.connection('online')
    await dag.offline()
    // A socket that the browser had closed would be known to be gone at once; one that it had left alone, never.
    expect(performance.now() - off).toBeGreaterThan(2_500)
    await dag.say('from the tunnel')
    expect(await dag.ownStates()).toContain('queued')
    expect((await dag.rows()).map(row => row.text)).not.toContain('are you there')
    expect(ended).toBe(false)
    await switchOffline(dag.page, false)
    for (const person of [dag, eli]) await person.seesExactly(['hello', 'are you there', 'from the tunnel'])
    await expect.poll(() => dag.pending()).toBe(0)
    expect([...dag.errors, ...eli.errors]).toEqual([])
    await Promise.all([dag.context.close(), eli.context.close()])
  })

  test('[F22, C2] `online` after an outage: an attempt at once, however long the backoff had become', async () => {
    const cara = await world.visitor('cara')
    await cara.authenticate('register')
    await cara.startGroup('Outage', [])
    const failures = countFailures(cara.page)
    await cara.proxy.refuse()
    await cara.context.setOffline(true)
    cara.proxy.drop()
    await cara.offline()
    await cara.say('waiting')
    await banner(cara).getByText('Waiting for the network. 1 message will be sent when it is back.').waitFor()
    await expect.poll(failures, { timeout: 40_000 }).toBeGreaterThanOrEqual(5)
    await cara.proxy.heal()
    const before = cara.proxy.upgradeTimes.length
    await cara.connection('waiting')
    const back = performance.now()
    await cara.context.setOffline(false)
    await cara.connection('online')
    expect(cara.proxy.upgradeTimes.length - before).toBe(1)
    expect(cara.proxy.upgradeTimes.at(-1)! - back).toBeLessThan(2_000)
    await expect.poll(() => cara.ownStates()).toEqual(['sent'])
    expect(await banner(cara).innerText()).toBe('')
    expect(cara.errors).toEqual([])
    await cara.context.close()
  })
})

describe('something else answers', () => {
  test.each([
    ['a page of its own', 'dana', { status: 200, body: '<html>Welcome to our hotel</html>' }],
    ['a redirect', 'dora', { status: 302, headers: { location: 'http://portal.example/' } }],
  ])('[F23] a captive portal with %s: the server cannot be reached, nobody is signed out, nothing is lost', async (_kind, name, fault) => {
    const person = await world.visitor(name)
    await person.authenticate('register')
    await person.startGroup('Hotel', [])
    await person.say('before')
    await expect.poll(() => person.pending()).toBe(0)
    person.proxy.http(/^\//, fault)
    for (const link of person.proxy.sockets) link.drop()
    await person.offline()
    await person.say('from the lobby')
    await banner(person).getByText('The server cannot be reached. 1 message will be sent when it is back.').waitFor()
    expect(await person.on('login-again').count()).toBe(0)
    expect(new URL(person.page.url()).pathname).toMatch(/^\/chat\//)
    expect(await person.ownStates()).toEqual(['sent', 'queued'])
    await person.proxy.heal()
    await person.page.getByRole('button', { name: 'Try now' }).click()
    await person.connection('online')
    await expect.poll(() => person.ownStates()).toEqual(['sent', 'sent'])
    await person.seesExactly(['before', 'from the lobby'])
    expect(person.errors).toEqual([])
    await person.context.close()
  })
})

describe('log-out', () => {
  test('[F54, A5] while a ticket is on its way: no socket opens later', async () => {
    const emil = await world.visitor('emil')
    await emil.authenticate('register')
    let answer = () => {}
    const held = new Promise<void>(resolve => void (answer = resolve))
    await emil.page.route('**/api/ws/ticket', async (route) => {
      const ticket = await route.fetch()
      await held
      await route.fulfill({ response: ticket }).catch(() => {}) // the page may have given the call up
    })
    const asked = emil.page.waitForRequest('**/api/ws/ticket')
    for (const link of emil.proxy.sockets) link.drop()
    await asked
    await emil.connection('connecting')
    const before = emil.proxy.upgradeTimes.length
    await emil.logOut()
    await emil.page.waitForURL('**/login**')
    answer()
    await emil.page.unroute('**/api/ws/ticket')
    // The page has had time for everything that the ticket could have set off once a later round trip of its own is done.
    await emil.page.evaluate(async () => {
      await (await fetch('/api/me')).text()
      await new Promise(resolve => requestAnimationFrame(resolve))
    })
    expect(emil.proxy.upgradeTimes.length).toBe(before)
    await emil.authenticate('login')
    expect(emil.proxy.upgradeTimes.length).toBe(before + 1)
    expect(emil.errors).toEqual([])
    await emil.context.close()
  })

  test('[F54, A5] while the handshake is unanswered: the attempt ends, and no other follows', async () => {
    const faye = await world.visitor('faye')
    await faye.authenticate('register')
    const mute = faye.proxy.onSocket(link => link.hole('down'))
    const before = faye.proxy.upgradeTimes.length
    for (const link of faye.proxy.sockets) link.drop()
    await expect.poll(() => faye.proxy.upgradeTimes.length).toBe(before + 1)
    await faye.logOut()
    await faye.page.waitForURL('**/login**')
    await expect.poll(() => faye.proxy.sockets.length).toBe(0)
    mute()
    await faye.authenticate('login')
    expect(faye.proxy.upgradeTimes.length).toBe(before + 2)
    expect(faye.errors).toEqual([])
    await faye.context.close()
  })
})

describe('membership', () => {
  test('[F53, S8, U-D2] removed from a group while typing: that message fails and says why, and nothing more arrives', async () => {
    const gwen = await world.visitor('gwen')
    const hugo = await world.visitor('hugo')
    await hugo.authenticate('register')
    await gwen.authenticate('register')
    await gwen.startGroup('Committee', ['hugo'])
    await gwen.say('minutes')
    await hugo.open('Committee')
    await hugo.sees('minutes')
    await hugo.on('composer').pressSequentially('I object')
    // The news of the removal is on its way to him while he presses Enter.
    hugo.proxy.delay(3_000, { direction: 'down' })
    await gwen.on('details').click()
    await gwen.page.locator('[data-testid="member"]').filter({ hasText: 'hugo' }).getByTestId('member-menu').click()
    await gwen.on('remove-member').click()
    await gwen.on('confirm').click()
    await expect.poll(() => gwen.page.locator('[data-testid="member"]').filter({ hasText: 'hugo' }).count()).toBe(0)
    // Until the box takes it: a quick machine is here within the half second after opening (U-P3).
    await expect.poll(async () => {
      await hugo.on('composer').press('Enter')
      return hugo.on('composer').inputValue()
    }, { interval: 100 }).toBe('')
    await hugo.page.getByText(/you are no longer a member/i).first().waitFor()
    await gwen.say('in private')
    await expect.poll(() => gwen.pending()).toBe(0)
    await hugo.proxy.heal()
    await gwen.seesExactly(['minutes', 'in private'])
    await expect.poll(() => hugo.pending()).toBe(0)
    // What he wrote is not lost to him, and nothing of what followed is there.
    await expect.poll(async () => (await hugo.rows()).map(({ text, state }) => ({ text, state }))).toEqual([{ text: 'I object', state: 'failed' }])
    await hugo.page.getByText('Not sent: you are no longer a member').waitFor()
    await hugo.on('discard').click()
    await expect.poll(() => hugo.rows()).toEqual([])
    expect([...gwen.errors, ...hugo.errors]).toEqual([])
    await Promise.all([gwen.context.close(), hugo.context.close()])
  })
})
