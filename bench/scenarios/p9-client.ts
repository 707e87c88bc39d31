import { parseArgs } from 'node:util'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { lateImages, prepends } from '#parley/bench/client/prepends.ts'
import { newestShown, openings, sizeOf, typing, watchRows, wheel } from '#parley/bench/client/reading.ts'
import { openRoom } from '#parley/bench/client/room.ts'
import type { Room } from '#parley/bench/client/room.ts'
import { profiled } from '#parley/bench/client/profile.ts'
import type { Cost } from '#parley/bench/client/profile.ts'
import { percentile, traced } from '#parley/bench/client/trace.ts'
import type { FrameWork } from '#parley/bench/client/trace.ts'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { goodPassword } from '#parley/tests/helpers/http-client.ts'
import { firstLoad, neverIdle } from '#parley/tests/helpers/initial-scripts.ts'

/**
 * P9, the client in a real browser: a room of 100,000 messages, 1,000 more each second for ten seconds, history prepended above a
 * reader, a wheel, a composer, conversations opened, and the JavaScript of the first load.
 * `node bench/scenarios/p9-client.ts [--quick] [--only=burst,open,prepend,scroll,js] [--calls] [--profile]`; runs on `.output`. `--profile` tells
 * functions and leaves the figures of the frames out of account.
 */
const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: { type: 'string', default: '' }, calls: { type: 'boolean', default: false }, profile: { type: 'boolean', default: false } } })
const messages = options.quick ? 5_000 : 100_000
const seconds = options.quick ? 4 : 10
const pages = options.quick ? 20 : 200
const wanted = (part: string) => options.only === '' || options.only.split(',').includes(part)

interface Result { what: string, value: string, target: string, met: boolean | undefined }
const results: Result[] = []
const ms = (value: number) => `${value.toFixed(1)} ms`
function told(what: string, value: string, target = '', met?: boolean): void {
  results.push({ what, value, target, met })
}

function frames(part: string, work: FrameWork, target?: number): void {
  const p95 = percentile(work.scripting, 0.95)
  told(`${part}: scripting per frame, p50 · p95 · max`, `${ms(percentile(work.scripting, 0.5))} · ${ms(p95)} · ${ms(Math.max(0, ...work.scripting))}`, target === undefined ? '' : `p95 ≤ ${target} ms`, target === undefined ? undefined : p95 <= target)
  told(`${part}: the same in CPU time`, `${ms(percentile(work.scriptingCpu, 0.5))} · ${ms(percentile(work.scriptingCpu, 0.95))} · ${ms(Math.max(0, ...work.scriptingCpu))}`)
  told(`${part}: style, layout and paint per frame, p50 · p95`, `${ms(percentile(work.rendering, 0.5))} · ${ms(percentile(work.rendering, 0.95))}`)
  told(`${part}: frames, main thread at work, longest task`, `${work.scripting.length} · ${(100 * work.busy / Math.max(1, work.span)).toFixed(0)} % · ${ms(work.longestTask)}`)
  if (options.calls) for (const { name, ms: time, count } of work.calls.slice(0, 14)) told(`  ${name}`, `${ms(time)} in ${count}`)
}

async function logIn(browser: Browser, room: Room): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 900 }, serviceWorkers: 'block' })
  const page = await context.newPage()
  page.on('pageerror', error => console.error(`  the page threw: ${error.message}`))
  await page.goto(`${room.server.url}/login`)
  await page.getByTestId('auth-username').fill(room.reader.username)
  await page.getByTestId('auth-password').fill(goodPassword)
  await page.getByTestId('auth-submit').click()
  await page.waitForURL('**/chat**')
  return page
}

async function open(page: Page, room: Room, conversation = room.large): Promise<void> {
  await page.goto(`${room.server.url}/chat/${conversation}`)
  await page.locator('[data-testid="connection-status"][data-state="online"]').waitFor({ state: 'attached' })
  await page.getByTestId('message').first().waitFor()
  await page.waitForTimeout(1_000)
}

const jumpDown = async (page: Page): Promise<void> => {
  const button = page.getByTestId('jump-to-bottom')
  if (await button.isVisible()) await button.click()
  await page.waitForTimeout(500)
}

function printCosts(part: string, costs: readonly Cost[]): void {
  const line = ({ name, self, total }: Cost) => console.log(`  ${self.toFixed(1).padStart(8)} ${total.toFixed(1).padStart(8)}  ${name}`)
  console.log(`${part}: ms in the function itself, and with what it called`)
  costs.slice(0, 30).forEach(line)
  console.log('  by the second column:')
  costs.toSorted((a, b) => b.total - a.total).slice(0, 50).forEach(line)
}

async function burst(page: Page, devtools: CDPSession, room: Room, part: 'at the end' | 'scrolled up' | 'typing'): Promise<void> {
  await open(page, room)
  await jumpDown(page)
  if (part === 'scrolled up') await wheel(page, 10, -300, 50)
  const most = await watchRows(page)
  const before = await newestShown(page)
  let sent = 0
  let keys: { delay: number[], painted: number[] } = { delay: [], painted: [] }
  const act = async () => {
    const sending = room.send(1_000, seconds)
    if (part === 'typing') keys = await typing(page, 'a sentence typed while others write. '.repeat(4), 60)
    sent = (await sending).sent
    await page.waitForTimeout(700)
  }
  if (options.profile) return printCosts(part, await profiled(devtools, act))
  const work = await traced(devtools, act)
  frames(`1,000/s, ${part}`, work, 16)
  const rows = await most()
  told(`1,000/s, ${part}: row nodes at most`, String(rows), '≤ 300', rows <= 300)
  if (part === 'typing') told('keys under 1,000/s: to the handler p95 · max, to the paint p95 · max', `${ms(percentile(keys.delay, 0.95))} · ${ms(Math.max(...keys.delay))}, ${ms(percentile(keys.painted, 0.95))} · ${ms(Math.max(...keys.painted))}`, 'paint p95 ≤ 50 ms', percentile(keys.painted, 0.95) <= 50)
  if (part === 'scrolled up') await jumpDown(page)
  const shown = await newestShown(page) - before
  const size = await sizeOf(page, devtools)
  if (part !== 'scrolled up') told(`1,000/s, ${part}: messages sent · applied and shown`, `${sent} · ${shown}`, 'equal', sent === shown)
  told(`1,000/s, ${part}: DOM nodes, JS heap after`, `${size.domNodes} · ${size.heapMiB.toFixed(1)} MiB`)
}

async function initialScripts(browser: Browser, room: Room): Promise<void> {
  const page = await logIn(browser, room)
  await neverIdle(page)
  const load = await firstLoad(page, async () => {
    await page.goto(`${room.server.url}/chat/${room.large}`)
    await page.getByTestId('message').first().waitFor()
  })
  told('initial JavaScript of /chat/…, gzip', `${load.gzipKiB.toFixed(1)} KiB in ${load.scripts.length} files`, '≤ 150 KiB', load.gzipKiB <= 150)
  told('  its biggest parts, KiB', load.parts.slice(0, 6).map(({ name, gzipKiB }) => `${name} ${gzipKiB.toFixed(1)}`).join(', '))
  await page.context().close()
}

async function run(browser: Browser, room: Room): Promise<void> {
  if (wanted('js')) await initialScripts(browser, room)
  const page = await logIn(browser, room)
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable')
  if (wanted('open')) {
    await open(page, room, room.small)
    await openings(page, [room.large, room.small], 4) // both are cached from here on
    const taken = await openings(page, [room.large, room.small], 20)
    told('opening a cached conversation, p50 · max', `${ms(percentile(taken, 0.5))} · ${ms(Math.max(...taken))}`, 'max < 100 ms', Math.max(...taken) < 100)
  }
  for (const part of ['at the end', 'scrolled up', 'typing'] as const) if (wanted('burst')) await burst(page, devtools, room, part)
  if (wanted('prepend')) {
    await open(page, room)
    await lateImages(page)
    const { made, moved } = await prepends(page, pages)
    told('prepends of 50 mixed rows with late images', String(made), `${pages}`, made === pages)
    told('  the row in view moved, p50 · p95 · max', `${[0.5, 0.95, 1].map(share => percentile(moved, share).toFixed(2)).join(' · ')} px`, '≤ 1 px each', Math.max(...moved) <= 1)
    told('  by more than 1 px', `${moved.filter(by => by > 1).length} times`)
  }
  if (wanted('scroll')) {
    await open(page, room)
    await jumpDown(page)
    const most = await watchRows(page)
    const scroll = () => wheel(page, options.quick ? 120 : 600, -120, 16)
    if (options.profile) return printCosts('scrolling', await profiled(devtools, scroll))
    frames('scrolling', await traced(devtools, scroll), 16)
    const rows = await most()
    told('scrolling: row nodes at most', String(rows), '≤ 300', rows <= 300)
  }
}

function print(): void {
  const width = Math.max(...results.map(({ what }) => what.length))
  for (const { what, value, target, met } of results) console.log(`${what.padEnd(width)}  ${value.padEnd(44)} ${target.padEnd(18)} ${met === undefined ? '' : met ? 'met' : 'MISSED'}`)
}

console.log(`P9: filling a room with ${messages} messages`)
const room = await openRoom(messages)
const browser = await launchBrowser()
try {
  await run(browser, room)
}
finally {
  print()
  await browser.close()
  await room.close()
}
