import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { firstLoad, neverIdle } from '#parley/tests/helpers/initial-scripts.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/**
 * KiB after gzip that /chat/<conversation> may load before it shows messages: four fifths of it are Vue, its router, Nuxt and the chat
 * client. Lower it with what is saved, never raise it for something that could load when it is wanted.
 */
const budget = 149

let browser: Browser
let server: ServerProcess
beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()])
})
afterAll(async () => {
  await browser.close()
  await server.dispose()
})

it('the first load of a conversation keeps to its budget of JavaScript, and loads nothing that can wait', async () => {
  const user = await newUser(server.url, 'anna')
  const { id } = await user.group('Budget')
  await user.need('POST', `/api/conversations/${id}/messages`, { cid: crypto.randomUUID(), content: { type: 'text', text: 'hello' } })
  const context = await browser.newContext({ serviceWorkers: 'block' })
  const [name = '', value = ''] = user.cookie.split('=')
  await context.addCookies([{ name, value, url: server.url }])
  const page = await context.newPage()
  await neverIdle(page)
  const load = await firstLoad(page, async () => {
    await page.goto(`${server.url}/chat/${id}`)
    await page.getByTestId('message').first().waitFor()
  })
  const biggest = [...load.scripts.slice(0, 5).map(({ file, gzipKiB }) => `${gzipKiB.toFixed(1)} ${file}`), ...load.parts.slice(0, 20).map(({ name, gzipKiB }) => `${gzipKiB.toFixed(1)} ${name}`)]
  console.warn(`first load of /chat/<conversation>: ${load.gzipKiB.toFixed(1)} KiB of JavaScript after gzip, budget ${budget}`)
  expect(load.gzipKiB, `the biggest parts, KiB after gzip:\n${biggest.join('\n')}`).toBeLessThanOrEqual(budget)
  expect(load.parts.map(({ name }) => name)).not.toEqual(expect.arrayContaining(['reka-ui']))
})
