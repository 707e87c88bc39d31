import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { axeFinds, contrastFinds, motions, outOfSight, settle, smallTargets, speak, tabThrough, textSpacing } from '#parley/tests/helpers/places/measures.ts'
import { places } from '#parley/tests/helpers/places/places.ts'
import { gatherTeam } from '#parley/tests/helpers/places/team.ts'
import type { Team } from '#parley/tests/helpers/places/team.ts'
import { setOut } from '#parley/tests/helpers/places/tour.ts'
import type { Tour } from '#parley/tests/helpers/places/tour.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

const wide = { width: 1280, height: 800 }
/** 1,280 px at 400 %, and the narrowest phone (1.4.10). */
const narrow = { width: 320, height: 640 }

let browser: Browser
let server: ServerProcess
let team: Team
let tour: Tour
beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser({ args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] }), startServer({ env: { NUXT_RATE_LIMIT: '0' } })])
  team = await gatherTeam(server.url)
  // Without motion: colours on their way from one theme to the other are of neither.
  tour = await setOut(browser, team, { viewport: wide, reducedMotion: 'reduce' })
})
afterAll(async () => {
  await tour?.close()
  await browser.close()
  await server.dispose()
})

describe('every place, in both themes and languages', () => {
  test.each(places.filter(place => place.only !== 'phone'))('[U-A4, U-A5] $name: nothing for axe to find, large enough targets, no motion, nothing out of sight at 320 px', async (place) => {
    await tour.at(place, async ({ page }) => {
      const found: Record<string, string[]> = {}
      found['axe, light, English'] = await axeFinds(page)
      const title = await page.title()
      await page.emulateMedia({ colorScheme: 'dark' })
      found['contrast, dark, English'] = await contrastFinds(page)
      await speak(page, 'zh-CN')
      found['axe, dark, Chinese'] = await axeFinds(page)
      await page.emulateMedia({ colorScheme: 'light' })
      found['small targets'] = await smallTargets(page)
      found['motion'] = await motions(page)
      found['out of sight'] = await outOfSight(page)
      await page.setViewportSize(narrow)
      await settle(page)
      found['out of sight at 320 px, Chinese'] = await outOfSight(page)
      await speak(page, 'en')
      found['out of sight at 320 px, English'] = await outOfSight(page)
      // Not by a style element, which the content policy forbids.
      const space = (rules: string) => page.evaluate((text) => {
        const sheet = new CSSStyleSheet()
        sheet.replaceSync(text)
        document.adoptedStyleSheets = text === '' ? [] : [sheet]
      }, rules)
      await space(textSpacing)
      found['out of sight with more space in the text'] = await outOfSight(page)
      await space('')
      await page.setViewportSize(wide)
      expect(Object.fromEntries(Object.entries(found).filter(([, list]) => list.length > 0))).toEqual({})
      expect(title).toMatch(/Parley$/)
    })
  })

  test('no page wrote an error or a warning to the console', () => {
    expect(tour.errors).toEqual([])
  })
})

describe('by keyboard alone', () => {
  test.each(places.filter(place => place.opener !== undefined))('[U-A3] $name: Esc closes it, and the focus is where it was', async (place) => {
    await tour.at(place, async ({ page }) => {
      await page.keyboard.press('Escape')
      await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe(place.opener)
    })
  })

  const walked = ['login', 'list', 'talk', 'media', 'details-group', 'new-conversation', 'search', 'shortcuts']
  test.each(places.filter(place => walked.includes(place.name)))('[U-A1, U-A4] $name: every stop of Tab shows the focus and is not covered', async (place) => {
    await tour.at(place, async ({ page }) => {
      const { wrong, stops } = await tabThrough(page)
      expect(wrong).toEqual([])
      expect(stops.length).toBeGreaterThan(1)
      // The timeline is one stop, whatever its length.
      expect(stops.filter(stop => stop.startsWith('article')).length).toBeLessThanOrEqual(1)
    })
  })
})
