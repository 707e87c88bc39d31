import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { arrive, Person } from '#parley/tests/helpers/person.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** What people do with conversations beside talking in them. */

let browser: Browser
let server: ServerProcess

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer({ env: { NUXT_REGISTRATION: 'invite' } })])
})
afterAll(async () => {
  await browser.close()
  await server.dispose()
})

const row = (person: Person, title: string) => person.page.locator(`[data-testid=conversation-item][data-title="${title}"]`)

const unread = (person: Person, title: string, count: number) => person.page.locator(`[data-testid=conversation-item][data-title="${title}"][data-unread="${count}"]`)

/** Makes an invite link in the open conversation, and takes it from where it is shown. */
async function makeLink(person: Person, { limit = '0', registers = false } = {}): Promise<string> {
  if (!await person.on('invite-new').isVisible()) await person.on('details').click()
  await person.on('invite-new').click()
  await person.on('invite-limit').selectOption(limit)
  if (registers) await person.on('invite-registers').check()
  await person.on('invite-create').click()
  return new URL(await person.on('invite-link').inputValue()).pathname
}

describe('invite links', () => {
  test('a newcomer registers by a link where that is needed, joins, and talks; a used link lets nobody else in', async () => {
    const ann = await arrive(browser, server.url, 'ann')
    await ann.authenticate('register')
    await ann.startGroup('Garden', [])
    const link = await makeLink(ann, { limit: '1', registers: true })
    const ben = await arrive(browser, server.url, 'ben', { locale: 'zh-CN' })
    await ben.goto(link)
    expect(await ben.page.getByRole('heading', { level: 1 }).innerText()).toBe('Garden')
    await ben.on('invite-register').click()
    await ben.page.locator('[data-testid=auth-submit][data-mode=register]').waitFor()
    await ben.on('auth-username').fill('ben')
    await ben.on('auth-password').fill(ben.password)
    await ben.on('auth-submit').click()
    await ben.on('invite-join').click()
    await ben.say('hello from outside')
    await ann.sees('hello from outside')
    await ann.page.locator('[data-testid=member][data-username=ben]').waitFor()
    const late = await arrive(browser, server.url, 'late')
    await late.goto(link)
    await late.page.locator('[data-testid=invite-card][data-state=refused]').waitFor()
    expect([...ann.errors, ...ben.errors, ...late.errors]).toEqual([])
    await Promise.all([ann, ben, late].map(person => person.context.close()))
  })
})

describe('a channel that anyone may join', () => {
  test('is found under Browse; members read, and are told why they cannot write', async () => {
    const ann = await arrive(browser, server.url, 'ann')
    await ann.authenticate('login')
    await ann.on('new-conversation').click()
    await ann.on('conversation-title').fill('News')
    await ann.on('conversation-channel').check()
    await ann.on('conversation-create').click()
    await ann.say('Release on Friday')
    await ann.on('details').click()
    await ann.on('details-public').check()
    const ben = await arrive(browser, server.url, 'ben', { viewport: { width: 390, height: 844 }, hasTouch: true })
    await ben.authenticate('login')
    await ben.on('new-conversation').click()
    await ben.on('browse').click()
    await ben.page.locator('[data-testid=browse-join][data-title=News]').click()
    await ben.sees('Release on Friday')
    expect(await ben.on('composer-disabled').innerText()).toContain('Only admins write in this channel')
    expect(await ben.on('composer').count()).toBe(0)
    expect([...ann.errors, ...ben.errors]).toEqual([])
    await Promise.all([ann, ben].map(person => person.context.close()))
  })
})

describe('own settings', () => {
  test('[U-C5] pinned, marked and hidden in one tab are so in the other, and a new message brings back what was hidden', async () => {
    const ann = await arrive(browser, server.url, 'ann')
    await ann.authenticate('login')
    const other = new Person('ann', await ann.context.newPage(), server.url)
    await other.goto('/chat')
    // What was said last may not have been looked at for long enough: the menu would offer to mark it as read.
    await ann.open('Garden')
    for (const tab of [ann, other]) await unread(tab, 'Garden', 0).waitFor()
    await row(ann, 'News').click()
    await row(ann, 'News').and(ann.page.locator('[aria-current=page]')).waitFor()
    await row(ann, 'Garden').click({ button: 'right' })
    await ann.on('own-pin').click()
    await expect.poll(() => other.page.locator('[data-testid=conversation-item]').first().getAttribute('data-title')).toBe('Garden')
    await row(ann, 'Garden').focus()
    await ann.page.keyboard.press('Shift+F10')
    await ann.on('own-unread').click()
    await unread(other, 'Garden', 1).waitFor()
    await row(other, 'Garden').click()
    await other.on('composer').waitFor()
    await unread(ann, 'Garden', 0).waitFor()
    await other.goto('/chat')
    await row(ann, 'Garden').hover()
    await ann.page.locator('li:hover > [data-testid=conversation-menu]').click()
    await ann.on('own-hide').click()
    for (const tab of [ann, other]) await row(tab, 'Garden').waitFor({ state: 'detached' })
    const ben = await arrive(browser, server.url, 'ben')
    await ben.authenticate('login')
    await ben.open('Garden')
    await ben.say('are you still there?')
    for (const tab of [ann, other]) await row(tab, 'Garden').waitFor()
    expect([...ann.errors, ...other.errors, ...ben.errors]).toEqual([])
    await Promise.all([ann.context.close(), ben.context.close()])
  })
})
