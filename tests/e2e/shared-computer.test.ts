import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { arrive, Person } from '#parley/tests/helpers/person.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** A computer that others use too: of who was here nothing is left (X33). */

let browser: Browser
let server: ServerProcess
beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()])
})
afterAll(async () => {
  await browser.close()
  await server.dispose()
})

test('[X33] [U-O6] at a shared computer two tabs talk without doubles, nothing lies on the disk, closing warns of what is unsent, and all ends with the browser', async () => {
  const ann = await arrive(browser, server.url, 'ann')
  await ann.authenticate('register')
  const ben = await arrive(browser, server.url, 'ben')
  await ben.goto('/login')
  await ben.on('shared-computer').check()
  await ben.on('shared-computer-hint').waitFor()
  await ben.authenticate('register')
  const { hostname } = new URL(server.url)
  const cookies = (await ben.context.cookies()).filter(cookie => cookie.domain === hostname)
  expect(cookies.find(({ name }) => name === 'parley-session')).toMatchObject({ expires: -1, httpOnly: true })
  expect(cookies.find(({ name }) => name === 'parley-shared')).toMatchObject({ expires: -1, value: '1' })

  await ben.startDirect('ann')
  await ben.say('from the first tab')
  const second = new Person('ben', await ben.context.newPage(), server.url)
  await second.goto(new URL(ben.page.url()).pathname)
  await second.connection('online')
  await second.say('from the second tab')
  await ben.sees('from the second tab')
  await ben.say('from the first again')
  const said = ['from the first tab', 'from the second tab', 'from the first again']
  for (const tab of [ben, second]) await tab.seesExactly(said)
  const kept = await ben.page.evaluate(async () => ({
    databases: (await indexedDB.databases()).map(({ name }) => name),
    local: Object.keys(localStorage),
    session: Object.values(sessionStorage).join(),
    caches: (await Promise.all((await caches.keys()).map(async name => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))).flat()
      .filter(path => path.startsWith('/api/') || path.startsWith('/chat')),
  }))
  expect(kept).toMatchObject({ databases: [], local: [], caches: [] })
  expect(kept.session).not.toContain('from the')

  // Two seats of one account, one without a line: what it could not send is in its page alone.
  await ben.context.setOffline(true)
  await server.kill('SIGKILL')
  await ben.offline()
  await ben.say('not sent yet')
  await expect.poll(() => ben.pending()).toBe(1)
  const asked = ben.page.waitForEvent('dialog')
  await ben.page.close({ runBeforeUnload: true })
  const dialog = await asked
  expect(dialog.type()).toBe('beforeunload')
  await dialog.dismiss()
  server = await server.restart()
  await ben.context.setOffline(false)
  await expect.poll(() => ben.pending(), { timeout: 20_000 }).toBe(0)
  await ann.startDirect('ben')
  for (const person of [ben, second, ann]) await person.seesExactly([...said, 'not sent yet'])

  // A log-out in one tab leaves nothing in the other, not even the name.
  await second.logOut()
  for (const tab of [ben, second]) {
    await tab.page.waitForURL('**/login**')
    expect(await tab.on('auth-username').inputValue()).toBe('')
  }
  await ben.authenticate('login')
  // Closed and opened again, a browser has what has an age.
  const lasting = (await ben.context.cookies()).filter(({ expires }) => expires !== -1)
  expect(lasting.map(({ name }) => name)).not.toContain('parley-session')
  const next = await arrive(browser, server.url, 'next')
  await next.context.addCookies(lasting)
  await next.goto('/chat')
  await next.page.waitForURL('**/login**')
  expect(await next.on('shared-computer').isChecked()).toBe(false)
  expect([ann, ben, second, next].flatMap(({ errors }) => errors)).toEqual([])
  for (const { context } of [ann, ben, next]) await context.close()
}, 120_000)
