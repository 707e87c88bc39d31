import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { projectRoot } from '#parley/tests/helpers/build.ts'
import { arrive } from '#parley/tests/helpers/person.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

let browser: Browser
let server: ServerProcess

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()])
})

afterAll(async () => {
  await browser.close()
  await server.dispose()
})

/** Paths of the scripts that hold pages of the settings. */
function settingsScripts(): string[] {
  const parts = JSON.parse(readFileSync(join(projectRoot, '.output/client-parts.json'), 'utf8')) as Record<string, Record<string, number>>
  return Object.entries(parts).filter(([, folders]) => Object.keys(folders).some(name => name.startsWith('pages/settings'))).map(([path]) => path)
}

const twelve = Array.from({ length: 12 }, (_, n) => `message ${n + 1}`)

describe('the server is killed', () => {
  test('[S2, S6, F36] twelve messages typed without it survive a reload and arrive once, in order', async () => {
    const ann = await arrive(browser, server.url, 'ann')
    const bob = await arrive(browser, server.url, 'bob')
    await ann.authenticate('register')
    await bob.authenticate('register')
    await ann.startDirect('bob')
    await ann.say('hello')
    await bob.open('ann')
    await bob.sees('hello')
    // The page must have been kept by the service worker: that is what a reload without a server opens.
    await ann.page.evaluate(async () => (await navigator.serviceWorker.ready).active !== null)
    await expect.poll(() => ann.page.evaluate(async () => {
      const [name] = await caches.keys()
      return name === undefined ? 0 : (await (await caches.open(name)).keys()).length
    }), { timeout: 20_000 }).toBeGreaterThan(5)

    await server.kill('SIGKILL')
    await ann.offline()
    for (const text of twelve) await ann.say(text)
    expect(await ann.pending()).toBe(12)
    expect(await ann.ownStates()).toEqual([expect.stringMatching(/sent|delivered|read/), ...twelve.map(() => 'queued')])
    const cids = (await ann.rows()).map(row => row.cid)

    await ann.page.reload()
    await ann.seesExactly(['hello', ...twelve])
    expect(await ann.pending()).toBe(12)
    expect((await ann.rows()).map(row => row.cid)).toEqual(cids)

    server = await server.restart()
    await bob.seesExactly(['hello', ...twelve])
    await expect.poll(() => ann.pending(), { timeout: 30_000 }).toBe(0)
    await ann.seesExactly(['hello', ...twelve])
    for (const person of [ann, bob]) {
      const rows = await person.rows()
      expect(rows.map(row => row.cid)).toEqual(cids)
      expect(rows.map(row => row.seq)).toEqual(rows.map((_, n) => n + 1))
    }
    expect([...ann.errors, ...bob.errors]).toEqual([])
    await Promise.all([ann.context.close(), bob.context.close()])
  })

  test('[U-L4, U-D2] the banner says so after two seconds, counts what waits, and goes away', async () => {
    const cara = await arrive(browser, server.url, 'cara')
    await cara.authenticate('register')
    await cara.startGroup('Quiet', [])
    await server.kill('SIGKILL')
    await cara.offline()
    await cara.say('waiting')
    await cara.page.getByText(/1 message will be sent/).waitFor()
    expect(await cara.ownStates()).toEqual(['queued'])
    server = await server.restart()
    await cara.connection('online')
    await cara.page.getByText(/1 message will be sent/).waitFor({ state: 'hidden' })
    await expect.poll(() => cara.ownStates()).toEqual(['sent'])
    await cara.context.close()
  })

  test('[U-O1, U-N3] the settings open too, say once what cannot be changed now, change what is this device\'s, and go on when the server is back', async () => {
    const emma = await arrive(browser, server.url, 'emma')
    await emma.authenticate('register')
    const wanted = settingsScripts()
    await expect.poll(() => emma.page.evaluate(async (paths) => {
      const kept = await Promise.all(paths.map(path => caches.match(path)))
      const languages = (await Promise.all((await caches.keys()).map(async name => (await caches.open(name)).keys()))).flat().filter(({ url }) => url.includes('zh-CN'))
      return kept.every(copy => copy !== undefined) && languages.length > 0
    }, wanted), { timeout: 20_000 }).toBe(true)
    await server.kill('SIGKILL')

    await emma.goto('/settings/privacy')
    const banner = emma.on('connection-banner').getByText('Only settings of this device can be changed now')
    await banner.waitFor()
    expect(await banner.count()).toBe(1)
    expect(await emma.page.getByRole('alert').allInnerTexts()).toEqual([])
    // Nothing is claimed that the server has not said.
    expect(await emma.on('privacy-show').count()).toBe(0)
    for (const name of ['profile', 'security', 'devices', 'data']) {
      await emma.page.locator(`[data-testid=settings-entry][data-name=${name}]`).click()
      await emma.page.locator(`[data-testid=settings-page][data-name=${name}] fieldset:disabled`).first().waitFor({ state: 'attached' })
      expect(await emma.page.getByRole('alert').allInnerTexts()).toEqual([])
    }
    await emma.page.locator('[data-testid=settings-entry][data-name=account]').click()
    await emma.page.locator('[data-testid=settings-choice][data-value=dark]').check()
    await emma.page.locator('[data-testid=settings-choice][data-value=zh-CN]').check()
    await emma.on('connection-banner').getByText('现在只能更改').waitFor()
    await emma.page.reload()
    await emma.page.locator('[data-testid=settings-choice][data-value=dark]:checked').waitFor()
    await emma.page.locator('[data-testid=settings-choice][data-value=en]').check()

    // The bare address leads to the chat, and what is asked of the server comes by itself once it is there.
    await emma.goto('/')
    await emma.page.waitForURL('**/chat')
    await emma.goto('/settings/privacy')
    await banner.waitFor()
    server = await server.restart()
    await emma.connection('online')
    await emma.page.locator('[data-testid=privacy-show]:enabled').first().waitFor()
    await banner.waitFor({ state: 'detached' })
    expect(emma.errors).toEqual([])
    await emma.context.close()
  })

  test('[U-P6] a draft survives a reload', async () => {
    const dora = await arrive(browser, server.url, 'dora')
    await dora.authenticate('register')
    await dora.startGroup('Drafts', [])
    await dora.on('composer').fill('half a thought')
    await dora.page.reload()
    await expect.poll(() => dora.on('composer').inputValue()).toBe('half a thought')
    await dora.context.close()
  })
})
