import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'

/** Draws the icons of the installed app from public/favicon.svg: `node scripts/app-icons.ts`. They are committed. */

const root = join(import.meta.dirname, '..')
const folder = join(root, 'public', 'icons')

interface Icon { file: string, size: number, /** Share of the side that the mark takes. */ mark: number, background?: string, /** One colour for a status bar, which knows only what is opaque. */ plain?: boolean }

const icons: Icon[] = [
  { file: 'icon-192.png', size: 192, mark: 0.86 },
  { file: 'icon-512.png', size: 512, mark: 0.86 },
  // What a launcher cuts off a maskable icon is at most a circle of 80 %.
  { file: 'maskable-512.png', size: 512, mark: 0.52, background: '#f7f6f3' },
  { file: 'apple-touch-icon.png', size: 180, mark: 0.62, background: '#f7f6f3' },
  { file: 'badge-96.png', size: 96, mark: 0.86, plain: true },
]

async function draw(browser: Browser, svg: string, { file, size, mark, background, plain = false }: Icon): Promise<void> {
  const page = await browser.newPage({ viewport: { width: size, height: size } })
  const drawn = plain ? svg.replaceAll(/fill="#\w+"/g, 'fill="#fff"') : svg
  await page.setContent(`<body style="margin:0;height:100vh;display:grid;place-items:center;background:${background ?? 'transparent'}">${drawn.replace('<svg', `<svg style="width:${mark * size}px;height:${mark * size}px"`)}</body>`)
  await writeFile(join(folder, file), await page.screenshot({ omitBackground: true }))
  await page.close()
}

await mkdir(folder, { recursive: true })
const svg = await readFile(join(root, 'public', 'favicon.svg'), 'utf8')
const browser = await launchBrowser()
for (const icon of icons) await draw(browser, svg, icon)
await browser.close()
