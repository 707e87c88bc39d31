import axe from 'axe-core'
import fc from 'fast-check'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
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

describe('[U-T5] formed messages', () => {
  test('the innerText of a row is the text as typed, whatever the text', async () => {
    const word = fc.constantFrom('**', '*', '_', '~~', '`', '```', '\n', '\n\n', '> ', '- ', '1. ', ' ', 'a', 'b c', '上海', '「', '」', 'https://a.example/x_y', '@bob', '<b>', '[x](y)', '&amp;')
    const inner = fc.array(word, { minLength: 3, maxLength: 24 }).map(words => `x${words.join('')}x`)
    const random = fc.sample(inner, { numRuns: 50, seed: 7 })
    const chosen = ['**bold** *it* ~~s~~ `c`', 'a\n```ts\nconst x = 1\n\n  y\n```\nb', '> q\n> r\n\n- one\n- two\n  more\n\n1. a\n2. b\nend', '```\na\n\n```\n\n```\nb\n```', '> a\n\n\n> b']
    const writer = await newUser(server.url, 'writer')
    const { id } = await writer.group('Forms')
    const reader = await arrive(browser, server.url, 'reader', { viewport: { width: 1280, height: 900 } })
    await reader.authenticate('register')
    const me = await writer.need<{ users: { id: string }[] }>('GET', '/api/users?q=reader')
    await writer.need('POST', `/api/conversations/${id}/members`, { user: me.users[0]!.id })
    await reader.open('Forms')
    for (const text of [...chosen, ...random]) {
      await writer.need('POST', `/api/conversations/${id}/messages`, { cid: crypto.randomUUID(), content: { type: 'text', text } })
      await expect.poll(async () => (await reader.rows()).at(-1)?.text).toBe(text)
    }
    expect(await reader.page.locator('.rich').count()).toBeGreaterThan(20)
    expect(reader.errors).toEqual([])
    await reader.context.close()
  })
})

describe('[U-S1, U-T5] the part that shows forms', () => {
  /** A page on a conversation whose formed texts are still plain, because that part has not come; `come` lets it. */
  async function late(name: string): Promise<{ page: Page, come: () => Promise<void> }> {
    const user = await newUser(server.url, name)
    const { id } = await user.group('Late')
    for (let index = 0; index < 60; index++) {
      const text = index % 3 === 0 ? `**bold** ${index}\n\`\`\`js\nconst a = ${index}\n\`\`\`\n- one\n- two` : `plain ${index}`
      await user.need('POST', `/api/conversations/${id}/messages`, { cid: crypto.randomUUID(), content: { type: 'text', text } })
    }
    const context = await browser.newContext({ viewport: { width: 900, height: 700 }, serviceWorkers: 'block' })
    const [cookie = '', value = ''] = user.cookie.split('=')
    await context.addCookies([{ name: cookie, value, url: server.url }])
    const page = await context.newPage()
    const arrival = Promise.withResolvers<undefined>()
    await page.route('**/_nuxt/*.js', async (route) => {
      const response = await route.fetch()
      if ((await response.text()).includes('strongSequence')) await arrival.promise
      await route.fulfill({ response })
    })
    // From the list: a page of the conversation itself comes from the server with its forms.
    await page.goto(`${server.url}/chat`)
    await page.locator('[data-testid="connection-status"][data-state="online"]').waitFor({ state: 'attached' })
    await page.getByTestId('conversation-item').first().click()
    await page.getByTestId('message').last().waitFor()
    return {
      page,
      async come() {
        expect(await page.locator('.rich').count()).toBe(0)
        arrival.resolve(undefined)
        await page.locator('.rich').first().waitFor()
        // Two frames: the heights are measured in one and answered in the next.
        await page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(resolve)))))
      },
    }
  }

  test('comes late without leaving the end', async () => {
    const { page, come } = await late('late.end')
    await come()
    expect(await page.getByTestId('timeline').evaluate(box => box.scrollHeight - box.scrollTop - box.clientHeight)).toBeLessThanOrEqual(1)
    await page.context().close()
  })

  test('comes late without moving what is read', async () => {
    const { page, come } = await late('late.middle')
    await page.mouse.move(450, 300)
    await page.mouse.wheel(0, -900)
    await expect.poll(() => page.getByTestId('timeline').evaluate(box => box.scrollHeight - box.scrollTop - box.clientHeight)).toBeGreaterThan(500)
    await page.waitForTimeout(500)
    const place = () => page.getByTestId('timeline').evaluate((box) => {
      const top = box.getBoundingClientRect().top
      return [...box.querySelectorAll<HTMLElement>('[data-testid=message]')].map(row => ({ cid: row.dataset.cid, y: row.getBoundingClientRect().top - top })).find(row => row.y >= 0)
    })
    const before = await place()
    await come()
    const after = await page.locator(`[data-cid="${before!.cid}"]`).evaluate(row => row.getBoundingClientRect().top - row.closest('[data-testid=timeline]')!.getBoundingClientRect().top)
    expect(Math.abs(after - before!.y)).toBeLessThanOrEqual(1)
    await page.context().close()
  })
})

test.each([['light', 'en-GB', 1280], ['dark', 'zh-CN', 390]] as const)('[U-A4] axe finds nothing in formed messages, popup, picker and search: %s, %s, %d px', async (colorScheme, locale, width) => {
  const user = await newUser(server.url, `axe.${colorScheme}`)
  const { id } = await user.group('Axe')
  const say = (text: string) => user.need('POST', `/api/conversations/${id}/messages`, { cid: crypto.randomUUID(), content: { type: 'text', text } })
  await say('**bold** `code` ~~x~~ https://a.example @all\n> quote\n- one\n\n1. two\n```ts\nconst aVeryLongLine = "that is wider than any bubble can be, so that it has to go on in the next one"\n```')
  const context = await browser.newContext({ colorScheme, locale, viewport: { width, height: 844 } })
  const [name = '', value = ''] = user.cookie.split('=')
  await context.addCookies([{ name, value, url: server.url }])
  const page = await context.newPage()
  const clean = async (what: string) => {
    await page.evaluate(axe.source)
    const found = await page.evaluate(async () => (await (window as Window & { axe?: typeof axe }).axe!.run(document, { resultTypes: ['violations'] })).violations.map(each => `${each.id}: ${each.nodes.map(node => node.html).join(' ')}`))
    expect({ what, found }).toEqual({ what, found: [] })
  }
  await page.goto(`${server.url}/chat/${id}`)
  await page.locator('.rich').waitFor()
  await page.locator('.still').waitFor({ state: 'detached' })
  await clean('messages')
  await page.getByTestId('composer').pressSequentially('a @')
  await page.getByTestId('popup-option').first().waitFor()
  await clean('popup')
  await page.getByTestId('composer').press('Escape')
  await page.getByTestId('emoji').click()
  await page.getByTestId('emoji-option').first().waitFor()
  await page.waitForTimeout(300)
  await clean('picker')
  await page.keyboard.press('Escape')
  await page.getByTestId('search-here').click()
  await page.getByTestId('search').fill('bold')
  await page.getByTestId('search-hit').waitFor()
  await page.waitForTimeout(300)
  await clean('search')
  await context.close()
})

describe('[U-P11, S9] a mention', () => {
  test('is completed by keyboard, sent once, and stands out for whom it means', async () => {
    const ann = await arrive(browser, server.url, 'ann.mentions')
    const wang = await arrive(browser, server.url, '王明明', { locale: 'zh-CN', colorScheme: 'dark' })
    await wang.authenticate('register')
    await ann.authenticate('register')
    await ann.startGroup('Mentions', ['王明明'])
    const composer = ann.on('composer')
    await composer.click()
    await composer.pressSequentially('你好@王')
    await ann.on('popup-option').waitFor()
    // U-P3: within half a second of opening Enter is ignored, but not by a popup.
    await composer.press('Enter')
    expect(await composer.inputValue()).toBe('你好@王明明 ')
    await composer.press('Backspace')
    await composer.press('Backspace')
    expect(await composer.inputValue()).toBe('你好')
    await ann.say('@王明明 **看**')
    await wang.open('Mentions')
    await wang.sees('你好@王明明 **看**')
    expect(await wang.page.locator('.mention.own').innerText()).toBe('@王明明')
    expect(await wang.page.locator('.rich strong').evaluate(node => getComputedStyle(node).fontWeight)).toBe('680')
    expect([...ann.errors, ...wang.errors]).toEqual([])
    await Promise.all([ann.context.close(), wang.context.close()])
  })
})

describe('[U-Q1, U-Q2] search', () => {
  test('finds a two-character word, and a hit leads to its message far up', async () => {
    const api = await newUser(server.url, 'archivist')
    const { id } = await api.group('Archive')
    const say = (text: string) => api.need('POST', `/api/conversations/${id}/messages`, { cid: crypto.randomUUID(), content: { type: 'text', text } })
    await say('我家在上海东边。')
    for (let index = 0; index < 150; index++) await say(`filler ${index}`)
    const context = await browser.newContext({ locale: 'en-GB' })
    const [name = '', value = ''] = api.cookie.split('=')
    await context.addCookies([{ name, value, url: server.url }])
    const page = await context.newPage()
    await page.goto(`${server.url}/chat/${id}`)
    await page.getByTestId('message').last().waitFor()
    // Messages are there before the page is alive.
    await page.locator('[data-testid="connection-status"][data-state="online"]').waitFor({ state: 'attached' })
    await page.keyboard.press('Control+f')
    await page.getByTestId('search').fill('上海')
    const hit = page.getByTestId('search-hit')
    await hit.waitFor()
    expect([await hit.count(), await hit.getAttribute('data-seq'), await hit.locator('mark').innerText()]).toEqual([1, '1', '上海'])
    for (let time = 0; time < 2; time++) {
      await page.getByTestId('search-hit').click()
      await page.locator('[data-testid=message][data-seq="1"]').waitFor()
      await page.locator('[data-testid=message][data-seq="1"].highlighted').waitFor()
      await page.keyboard.press('Control+f')
      await page.getByTestId('search-hit').waitFor()
    }
    await page.getByTestId('search').fill('filler from:nobody')
    await page.getByText('Nothing found').waitFor()
    await page.getByTestId('search').fill('filler 7 from:archivist')
    await expect.poll(() => page.getByTestId('search-hit').count()).toBeGreaterThan(3)
    await context.close()
  })
})

describe('[U-M1] the message menu', () => {
  test('forwards a copy, reacts with any emoji', async () => {
    const ann = await arrive(browser, server.url, 'ann.menu')
    await ann.authenticate('register')
    await ann.startGroup('Origin', [])
    await ann.startGroup('Target', [])
    await ann.open('Origin')
    await ann.say('worth telling')
    await expect.poll(() => ann.pending()).toBe(0)
    const menu = async () => {
      await ann.page.locator('[data-testid=message]').last().hover()
      await ann.on('message-menu').last().click()
    }
    await menu()
    await ann.on('react-more').click()
    await ann.on('emoji-search').fill('rocket')
    await ann.page.locator('[data-testid=emoji-option][data-emoji="🚀"]').click()
    await ann.page.locator('[data-testid=reaction][data-emoji="🚀"]').waitFor()
    await menu()
    await ann.on('forward').click()
    await ann.page.locator('[data-testid=forward-option][data-title="Target"]').click()
    await ann.on('forward-send').click()
    await ann.open('Target')
    await ann.seesExactly(['worth telling'])
    expect(ann.errors).toEqual([])
    await ann.context.close()
  })
})
