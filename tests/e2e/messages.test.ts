import fc from 'fast-check'
import type { Browser } from 'playwright-core'
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
