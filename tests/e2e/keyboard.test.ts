import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { arrive } from '#parley/tests/helpers/person.ts'
import type { Person } from '#parley/tests/helpers/person.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

let browser: Browser
let server: ServerProcess
let ann: Person
let bob: Person
beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer({ env: { NUXT_RATE_LIMIT: '0' } })])
  ;[ann, bob] = await Promise.all([arrive(browser, server.url, 'ann'), arrive(browser, server.url, 'bob')])
  for (const person of [ann, bob]) await person.authenticate('register')
  for (const title of ['Alpha', 'Beta', '设计 Gamma']) await ann.startGroup(title, ['bob'])
})
afterAll(async () => {
  await browser.close()
  await server.dispose()
})

const open = (person: Person) => person.page.locator('[data-testid="conversation-item"][aria-current="page"]')
const titleOf = (person: Person) => open(person).getAttribute('data-title')
const unreadOf = (person: Person, title: string) => person.page.locator(`[data-testid="conversation-item"][data-title="${title}"]`).getAttribute('data-unread')
const hasFocus = (person: Person, hook: string) => expect.poll(() => person.page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.testid)).toBe(hook)

/** Shortcuts come when the page is idle: pressed until they show something, as one would. */
async function press(person: Person, keys: string, hook: string): Promise<void> {
  await expect.poll(async () => {
    if (await person.on(hook).count() === 0) await person.page.keyboard.press(keys)
    return await person.on(hook).count()
  }).toBeGreaterThan(0)
}

describe('by keyboard', () => {
  test('[U-A3] the switcher finds conversations and people by letters and by pinyin, and one writes there at once', async () => {
    await ann.open('Alpha')
    await press(ann, 'Control+k', 'switcher')
    await hasFocus(ann, 'switcher')
    // Without a word the one before is the first, so that Enter alone goes back to it.
    await expect.poll(() => ann.on('switcher-option').first().getAttribute('data-title')).toBe('设计 Gamma')
    await ann.on('switcher').fill('bet')
    await expect.poll(() => ann.on('switcher-option').first().getAttribute('data-title')).toBe('Beta')
    await ann.page.keyboard.press('Enter')
    await expect.poll(() => titleOf(ann)).toBe('Beta')
    await hasFocus(ann, 'composer')
    await press(ann, 'Control+k', 'switcher')
    await ann.on('switcher').fill('sj')
    await expect.poll(() => ann.on('switcher-option').first().getAttribute('data-title')).toBe('设计 Gamma')
    await ann.page.keyboard.press('Enter')
    await expect.poll(() => titleOf(ann)).toBe('设计 Gamma')
    await press(ann, 'Control+k', 'switcher')
    await ann.on('switcher').fill('bob')
    await ann.page.locator('[data-testid="switcher-option"][data-title="bob"]').click()
    await expect.poll(() => titleOf(ann)).toBe('bob')
    // Esc closes it and nothing else; the focus is where it was.
    await hasFocus(ann, 'composer')
    await press(ann, 'Control+k', 'switcher')
    await ann.page.keyboard.press('Escape')
    await ann.on('switcher').waitFor({ state: 'detached' })
    await hasFocus(ann, 'composer')
    expect(await titleOf(ann)).toBe('bob')
  })

  test('[U-A3] Alt and arrows go through the list, with Shift to the unread ones; what is typed stays', async () => {
    const titles = () => ann.on('conversation-item').evaluateAll(items => items.map(item => (item as HTMLElement).dataset.title))
    await ann.open('Alpha')
    await ann.on('composer').fill('half a sentence')
    const order = await titles()
    const at = order.indexOf('Alpha')
    await ann.page.keyboard.press(at === 0 ? 'Alt+ArrowDown' : 'Alt+ArrowUp')
    await expect.poll(() => titleOf(ann)).toBe(order[at === 0 ? 1 : at - 1])
    await hasFocus(ann, 'composer')
    await ann.page.keyboard.press(at === 0 ? 'Alt+ArrowUp' : 'Alt+ArrowDown')
    await expect.poll(() => titleOf(ann)).toBe('Alpha')
    await expect.poll(() => ann.on('composer').inputValue()).toBe('half a sentence')
    await ann.on('composer').fill('')

    await bob.open('Beta')
    await bob.say('are you there?')
    await expect.poll(() => unreadOf(ann, 'Beta')).toBe('1')
    await ann.page.keyboard.press('Alt+Shift+ArrowDown')
    await expect.poll(() => titleOf(ann)).toBe('Beta')
    await ann.sees('are you there?')
  })

  test('[U-A3] Esc marks as read and goes to the newest; first it closes what is open', async () => {
    await bob.open('Alpha')
    for (let line = 1; line <= 12; line++) await bob.on('composer').fill(`line ${line}\nwith\nfive\nlines\nof it`).then(() => bob.on('send').click())
    await expect.poll(() => unreadOf(ann, 'Alpha')).toBe('12')
    await ann.open('Alpha')
    await ann.on('unread-divider').waitFor()
    expect(await unreadOf(ann, 'Alpha')).not.toBe('0')
    await press(ann, 'Control+/', 'shortcut-sheet')
    await ann.page.keyboard.press('Escape')
    await ann.on('shortcut-sheet').waitFor({ state: 'detached' })
    expect(await unreadOf(ann, 'Alpha')).not.toBe('0')
    await ann.page.keyboard.press('Escape')
    await expect.poll(() => unreadOf(ann, 'Alpha')).toBe('0')
    await expect.poll(() => ann.on('message').filter({ hasText: 'line 12' }).isVisible()).toBe(true)
    await ann.on('jump-to-bottom').waitFor({ state: 'hidden' })
  })

  test('[U-A3, U-A1] mute, details and search; none in a dialog, none during composition', async () => {
    const { page } = ann
    await page.keyboard.press('Alt+i')
    await ann.on('details-notify').first().waitFor()
    await page.keyboard.press('Alt+m')
    await page.locator('[data-testid="details-notify"][data-level="none"]').and(page.locator('[aria-checked="true"], :checked, [aria-pressed="true"]')).or(page.locator('[data-testid="notice"][data-notice="keys.muted"]')).first().waitFor()
    await page.keyboard.press('Alt+m')
    await page.locator('[data-testid="notice"][data-notice="keys.unmuted"]').waitFor()
    await page.keyboard.press('Alt+i')
    await ann.on('details-notify').first().waitFor({ state: 'detached' })

    await page.evaluate(() => {
      for (const init of [{ isComposing: true }, { keyCode: 229 }]) document.querySelector('[data-testid="composer"]')?.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true, cancelable: true, ...init }))
    })
    expect(await ann.on('switcher').count()).toBe(0)
    await press(ann, 'Control+f', 'search')
    await page.keyboard.press('Control+k')
    await page.keyboard.press('Alt+ArrowDown')
    await hasFocus(ann, 'search')
    expect(await ann.on('switcher').count()).toBe(0)
    expect(await titleOf(ann)).toBe('Alpha')
    await page.keyboard.press('Escape')
    await ann.on('search').waitFor({ state: 'detached' })
  })

  test('[U-A5] the language changes without a reload, in what is open as in what was loaded late', async () => {
    const { page } = ann
    await press(ann, 'Control+/', 'shortcut-sheet')
    await ann.on('shortcut-sheet').getByText('Switch conversation').waitFor()
    await page.keyboard.press('Escape')
    await page.evaluate(() => Object.assign(window, { before: true }))
    await ann.on('account-menu').click()
    await ann.on('open-shortcuts').waitFor()
    await page.getByRole('menuitemradio', { name: '简体中文' }).click()
    await page.locator('html[lang="zh-CN"]').waitFor({ state: 'attached' })
    await ann.on('open-shortcuts').filter({ hasText: '键盘快捷键' }).click()
    await ann.on('shortcut-sheet').getByText('切换会话').waitFor()
    await page.keyboard.press('Escape')
    expect(await page.evaluate(() => 'before' in window)).toBe(true)
    expect([...ann.errors, ...bob.errors]).toEqual([])
  })
})
