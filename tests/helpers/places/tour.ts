import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { whoIs } from '#parley/tests/helpers/places/places.ts'
import type { Place, Visit } from '#parley/tests/helpers/places/places.ts'
import type { Team, Teammate } from '#parley/tests/helpers/places/team.ts'

/** One browser going through places; people keep their tab as long as it lasts. */
export interface Tour {
  /** Goes to a place, does what is to be done there, and leaves nothing behind. */
  at<T>(place: Place, look: (visit: Visit) => Promise<T>): Promise<T>
  /** Errors that pages threw or wrote to the console, with where. */
  readonly errors: string[]
  close(): Promise<void>
}

/** What a browser says of a network that a place took away is no error of the page, nor is the refusal that a place is about. */
const expected = /ERR_INTERNET_DISCONNECTED|status of 40[14]|Failed to load resource|WebSocket connection|net::ERR/

export async function setOut(browser: Browser, team: Team, options: BrowserContextOptions = {}): Promise<Tour> {
  const base = team.me.base
  const tabs = new Map<string, { context: BrowserContext, page: Page }>()
  const errors: string[] = []
  let where = ''

  async function tabOf(who: Teammate | undefined): Promise<Page> {
    const name = who?.account.username ?? ''
    const known = tabs.get(name)
    if (known !== undefined) return known.page
    const context = await browser.newContext({ locale: 'en-GB', permissions: ['microphone', 'clipboard-write'], ...options })
    const [cookie = '', value = ''] = who?.cookie.split('=') ?? []
    if (cookie !== '') await context.addCookies([{ name: cookie, value, url: base }])
    const page = await context.newPage()
    page.on('pageerror', error => errors.push(`${where}: ${error.message}`))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !expected.test(message.text())) errors.push(`${where}: ${message.text()}`)
    })
    tabs.set(name, { context, page })
    return page
  }

  async function at<T>(place: Place, look: (visit: Visit) => Promise<T>): Promise<T> {
    where = place.name
    const page = await tabOf(whoIs(place, team))
    const visit: Visit = {
      page, team,
      on: hook => page.getByTestId(hook),
      async go(path) {
        await page.goto(base + path)
        if (/^\/chat/.test(path)) await page.locator('[data-testid=connection-status][data-state=online]').waitFor({ state: 'attached' })
      },
    }
    await place.reach(visit)
    try {
      return await look(visit)
    }
    finally {
      await place.leave?.(visit)
    }
  }

  return {
    at, errors,
    async close() {
      for (const { context } of tabs.values()) await context.close()
    },
  }
}
