import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { settle } from '#parley/tests/helpers/places/measures.ts'
import { places } from '#parley/tests/helpers/places/places.ts'
import { setOut } from '#parley/tests/helpers/places/tour.ts'
import type { Team } from '#parley/tests/helpers/places/team.ts'

const folder = 'screenshots'
const devices: Record<string, BrowserContextOptions> = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
}

/** `contrast` is what a system of few colours makes of it (forced colours). */
const looks = {
  dark: { colorScheme: 'dark', forcedColors: 'none' },
  contrast: { colorScheme: 'light', forcedColors: 'active' },
  light: { colorScheme: 'light', forcedColors: 'none' },
} as const

/** Every place, or those named, on both devices, in both languages and all looks: `screenshots/<device>-<language>-<look>/<place>.png`. */
export async function photographAll(browser: Browser, team: Team, names: readonly string[]): Promise<void> {
  const wanted = (device: string) => places.filter(place => (place.only ?? device) === device).filter(place => names.length === 0 || names.includes(place.name))
  for (const [device, options] of Object.entries(devices)) {
    for (const language of ['en', 'zh-CN']) {
      const folderOf = (look: string) => join(folder, `${device}-${language}-${look}`)
      for (const look of Object.keys(looks)) mkdirSync(folderOf(look), { recursive: true })
      const tour = await setOut(browser, team, { ...options, locale: language, reducedMotion: 'reduce' })
      for (const place of wanted(device)) {
        await tour.at(place, async ({ page }) => {
          for (const [look, media] of Object.entries(looks)) {
            await page.emulateMedia(media)
            await settle(page)
            await page.screenshot({ path: join(folderOf(look), `${place.name}.png`) })
          }
        }).catch((error: unknown) => console.error(`${device} ${language} ${place.name}: ${error instanceof Error ? error.message.split('\n').slice(0, 4).join(' ') : String(error)}`))
      }
      for (const error of tour.errors) console.error(`${device} ${language} ${error}`)
      await tour.close()
      console.log(`${wanted(device).length} places: ${device}, ${language}`)
    }
  }
}
