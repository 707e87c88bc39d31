import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'
import { connect } from '#parley/tests/helpers/socket-client.ts'

type User = Awaited<ReturnType<typeof newUser>>

let browser: Browser
let server: ServerProcess
let ann: User
let bob: User
let group = ''
let direct = ''
beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer({ env: { NUXT_RATE_LIMIT: '0' } })])
  ;[ann, bob] = await Promise.all([newUser(server.url, 'ann'), newUser(server.url, 'bob')])
  for (let n = 1; n <= 20; n++) await ann.group(`Old group ${n}`, [bob.account.id])
  group = (await ann.group('Group', [bob.account.id])).id
  direct = (await bob.need<{ conversation: { id: string } }>('POST', '/api/conversations', { kind: 'direct', user: ann.account.id })).conversation.id
  for (const room of [group, direct]) for (let n = 1; n <= 60; n++) await say(n % 3 === 0 ? ann : bob, room, `message ${n}`)
  // All of it is read: conversations open at their end.
  const socket = await connect(ann)
  for (const conversation of [group, direct]) socket.send({ type: 'read', conversation, seq: 60 })
  const unread = async () => (await ann.need<{ conversations: { unread: number }[] }>('GET', '/api/conversations')).conversations.reduce((sum, { unread }) => sum + unread, 0)
  while (await unread() > 0) await ann.call('GET', '/api/ready')
  await socket.close()
})
afterAll(async () => {
  await browser.close()
  await server.dispose()
})

const say = (who: User, room: string, text: string) => who.need('POST', `/api/conversations/${room}/messages`, { cid: crypto.randomUUID(), content: { type: 'text', text } })

async function visit(who: User, path: string, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', ...options })
  const [name = '', value = ''] = who.cookie.split('=')
  await context.addCookies([{ name, value, url: server.url }])
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  await page.goto(server.url + path)
  await page.locator('[data-testid="connection-status"][data-state="online"]').waitFor({ state: 'attached' })
  return page
}
const phone = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true }
const desktop = { viewport: { width: 1280, height: 800 } }
const boxOf = async (page: Page, hook: string) => (await page.getByTestId(hook).last().boundingBox())!
const scrollOf = (page: Page) => page.locator('ul:has([data-testid="conversation-item"])').evaluate(list => list.scrollTop)

describe('on a desktop', () => {
  test('[U-L1, U-L2] list, timeline and details stand side by side; the column is narrow, own bubbles right, others left with a picture', async () => {
    const page = await visit(ann, `/chat/${group}`, { viewport: { width: 1600, height: 800 } })
    await page.getByTestId('message').filter({ hasText: 'message 60' }).waitFor()
    await page.getByTestId('details').click()
    await page.getByTestId('member').first().waitFor()
    const [list, timeline, member] = [await boxOf(page, 'conversation-item'), await boxOf(page, 'timeline'), await boxOf(page, 'member')]
    expect(list.x + list.width).toBeLessThanOrEqual(timeline.x)
    expect(timeline.x + timeline.width).toBeLessThanOrEqual(member.x)
    await page.getByTestId('details').click()
    await page.getByTestId('member').first().waitFor({ state: 'detached' })
    const column = await page.locator('[role="feed"]').boundingBox()
    expect(column!.width).toBeLessThanOrEqual(792)
    const bubble = async (text: string) => (await page.getByTestId('message').filter({ hasText: text }).locator('.bubble').boundingBox())!
    const middle = column!.x + column!.width / 2
    const [own, other] = [await bubble('message 60'), await bubble('message 59')]
    expect(own.x + own.width / 2).toBeGreaterThan(middle)
    expect(other.x + other.width / 2).toBeLessThan(middle)
    // The last of a group of rows has the picture; in a direct conversation there is neither picture nor name.
    const pictures = () => page.getByTestId('message').locator('.side').count()
    expect(await pictures()).toBeGreaterThan(0)
    await page.locator(`[data-testid="conversation-item"][data-conversation="${direct}"]`).click()
    await page.locator(`[data-testid="timeline"][data-conversation="${direct}"]`).waitFor()
    await page.getByTestId('message').filter({ hasText: 'message 60' }).waitFor()
    expect(await pictures()).toBe(0)
    await page.context().close()
  })

  test('[U-S6, U-S5] opens at the first unread message, a third from the top; the button leads to the very end', async () => {
    const page = await visit(ann, `/chat/${group}`, desktop)
    for (let n = 1; n <= 30; n++) await say(bob, direct, `later ${n}\nwith\nfour\nlines`)
    await expect.poll(() => page.locator(`[data-testid="conversation-item"][data-conversation="${direct}"]`).getAttribute('data-unread')).toBe('30')
    await page.locator(`[data-testid="conversation-item"][data-conversation="${direct}"]`).click()
    await page.getByTestId('unread-divider').waitFor()
    const timeline = await boxOf(page, 'timeline')
    const share = async () => ((await boxOf(page, 'unread-divider')).y - timeline.y) / timeline.height
    await expect.poll(share).toBeGreaterThan(0.2)
    await expect.poll(share).toBeLessThan(0.45)
    await page.getByTestId('jump-to-bottom').click()
    await page.getByTestId('message').filter({ hasText: 'later 30' }).waitFor()
    await expect.poll(() => page.getByTestId('timeline').evaluate(({ scrollTop, clientHeight, scrollHeight }) => scrollHeight - clientHeight - scrollTop)).toBeLessThanOrEqual(1)
    await page.getByTestId('jump-to-bottom').waitFor({ state: 'hidden' })
    await page.context().close()
  })

  test('[U-C4] a conversation whose messages are on the device is there within a few frames, and never blank before', async () => {
    const page = await visit(ann, `/chat/${group}`, desktop)
    const item = (id: string) => page.locator(`[data-testid="conversation-item"][data-conversation="${id}"]`)
    const shown = (id: string) => page.locator(`[data-testid="timeline"][data-conversation="${id}"] [data-testid="message"]`).last()
    await shown(group).waitFor()
    // Both have been open once: they are on the device.
    await item(direct).click()
    await shown(direct).waitFor()
    const openings: { frames: number, ms: number, blank: number }[] = []
    for (const id of [group, direct, group, direct, group]) {
      openings.push(await page.evaluate(async (id) => {
        const begun = performance.now()
        document.querySelector<HTMLElement>(`[data-testid="conversation-item"][data-conversation="${id}"]`)?.click()
        for (let frames = 1, blank = 0; ; frames++) {
          await new Promise(requestAnimationFrame)
          const timeline = document.querySelector('[data-testid="timeline"]')
          if (timeline?.querySelector('[data-testid="message"]') === null) blank++
          if ((timeline as HTMLElement | null)?.dataset.conversation === id && timeline?.querySelector('[data-testid="message"]')) return { frames, ms: performance.now() - begun, blank }
          if (frames > 600) return { frames, ms: performance.now() - begun, blank }
        }
      }, id))
      await shown(id).waitFor()
    }
    console.warn(`opening a conversation that is on the device: ${openings.map(({ ms, frames }) => `${ms.toFixed(0)} ms in ${frames} frames`).join(', ')}`)
    const median = openings.map(({ frames }) => frames).sort((a, b) => a - b)[2]!
    expect(median).toBeLessThanOrEqual(6)
    expect(openings.map(({ blank }) => blank)).toEqual([0, 0, 0, 0, 0])
    await page.context().close()
  })

  test('[U-P5] the box grows to about eight lines, then scrolls; what one reads stays where it is', async () => {
    const page = await visit(ann, `/chat/${group}`, desktop)
    await page.getByTestId('message').filter({ hasText: 'message 60' }).waitFor()
    await page.getByTestId('timeline').evaluate(timeline => timeline.scrollBy(0, -1500))
    await page.getByTestId('jump-to-bottom').waitFor()
    const cid = await page.evaluate(() => document.elementsFromPoint(innerWidth * 0.6, 300).map(each => each.closest<HTMLElement>('[data-testid="message"]')?.dataset.cid).find(each => each !== undefined))
    const anchor = page.locator(`[data-testid="message"][data-cid="${cid}"]`)
    const reading = async () => Math.round((await anchor.boundingBox())!.y)
    const [line, before] = [(await boxOf(page, 'composer')).height, await reading()]
    await page.getByTestId('composer').fill('1\n2\n3\n4')
    const four = (await boxOf(page, 'composer')).height
    expect(four).toBeGreaterThan(line * 2)
    await page.getByTestId('composer').fill(Array.from({ length: 40 }, (_, n) => String(n)).join('\n'))
    const most = (await boxOf(page, 'composer')).height
    expect(most).toBeGreaterThan(four)
    expect(most).toBeLessThan(line * 11)
    expect(await page.getByTestId('composer').evaluate(box => box.scrollHeight > box.clientHeight)).toBe(true)
    expect(Math.abs(await reading() - before)).toBeLessThanOrEqual(1)
    await page.getByTestId('composer').fill('')
    await page.context().close()
  })
})

describe('on a phone', () => {
  test('[U-L1] one pane at a time; Back and a swipe to the right lead to the list, which is where it was', async () => {
    const page = await visit(ann, '/chat', phone)
    await page.getByTestId('conversation-item').nth(20).waitFor({ state: 'attached' })
    await page.locator('ul:has([data-testid="conversation-item"])').evaluate(list => list.scrollTo(0, 300))
    const item = page.locator('[data-testid="conversation-item"][data-title="Old group 8"]')
    await item.scrollIntoViewIfNeeded()
    const at = await scrollOf(page)
    expect(at).toBeGreaterThan(0)
    await item.click()
    await page.getByTestId('composer').waitFor()
    expect(await page.getByTestId('search-all').isVisible()).toBe(false)
    await page.getByTestId('back').click()
    await page.getByTestId('search-all').waitFor()
    expect(await scrollOf(page)).toBe(at)
    expect(await page.getByTestId('composer').isVisible()).toBe(false)

    await item.click()
    await page.getByTestId('composer').waitFor()
    const touch = await page.context().newCDPSession(page)
    const point = (x: number) => [{ x, y: 300 }]
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: point(40) })
    for (const x of [80, 120, 200, 280]) await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: point(x) })
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    await page.getByTestId('search-all').waitFor()
    await page.context().close()
  })

  test('[U-L3] the box stays above the soft keyboard, and sending keeps the focus', async () => {
    const page = await visit(ann, `/chat/${group}`, phone)
    await page.getByTestId('message').filter({ hasText: 'message 60' }).waitFor()
    await page.getByTestId('composer').tap()
    // As `interactive-widget=resizes-content` has it.
    await page.setViewportSize({ width: 390, height: 430 })
    await expect.poll(async () => {
      const { y, height } = await boxOf(page, 'composer')
      return y + height
    }).toBeLessThanOrEqual(430)
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('composer')
    await page.getByTestId('composer').fill('from my phone')
    await page.getByTestId('send').tap()
    const sent = page.getByTestId('message').filter({ hasText: 'from my phone' })
    await sent.waitFor()
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('composer')
    await expect.poll(async () => {
      const [row, box] = [await sent.boundingBox(), await boxOf(page, 'composer')]
      return row !== null && row.y + row.height <= box.y + 1
    }).toBe(true)
    await page.context().close()
  })
})
