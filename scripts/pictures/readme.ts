import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import type { Team, Teammate } from '#parley/tests/helpers/places/team.ts'

const target = 'docs/images'

async function openPage(browser: Browser, person: Teammate, look: { width: number, height: number, scheme: 'light' | 'dark' }): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: look.width, height: look.height }, colorScheme: look.scheme, deviceScaleFactor: 2, locale: 'en-GB' })
  const [name = '', value = ''] = person.cookie.split('=')
  await context.addCookies([{ name, value, url: person.base }])
  return context.newPage()
}

/** Opens a conversation and reads it to its end. */
async function read(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.locator('[data-testid="connection-status"][data-state="online"]').waitFor({ state: 'attached' })
  await page.locator('[data-testid="message"]').last().waitFor()
  const down = page.locator('[data-testid="jump-to-bottom"]')
  if (await down.isVisible()) await down.click()
  await wait(2_500) // a row counts as read after a second in view (U-R1)
}

async function picture(page: Page, url: string, file: string): Promise<void> {
  await read(page, url)
  await page.reload()
  await page.locator('[data-testid="message"]').last().waitFor()
  await page.evaluate(() => document.fonts.ready)
  await wait(1_000) // avatars and transitions come to rest
  await page.screenshot({ path: join(target, file) })
  console.log(join(target, file))
}

/** The pictures of the README: a conversation that everybody has read, beside a list in which some wait. */
export async function photographForReadme(browser: Browser, team: Team): Promise<void> {
  mkdirSync(target, { recursive: true })
  const { me, lin, noor, sam, rooms } = team
  // There to break layouts, and odd beside the others.
  await me.need('PATCH', `/api/conversations/${rooms.long}/me`, { hidden: true })
  const at = (room: string) => `${me.base}/chat/${room}`
  const desktop = { width: 1180, height: 760, scheme: 'light' } as const
  for (const person of [lin, noor, sam]) await read(await openPage(browser, person, desktop), at(rooms.release))
  const reader = await openPage(browser, me, desktop)
  for (const room of [rooms.chinese, rooms.design]) await read(reader, at(room))
  await reader.close()
  await picture(await openPage(browser, me, desktop), at(rooms.release), 'chat.png')
  await picture(await openPage(browser, me, { ...desktop, scheme: 'dark' }), at(rooms.release), 'chat-dark.png')
  await picture(await openPage(browser, me, { width: 390, height: 780, scheme: 'light' }), at(rooms.release), 'chat-phone.png')
}
