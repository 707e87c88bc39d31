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
