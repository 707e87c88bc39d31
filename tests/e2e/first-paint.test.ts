import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { FaultProxy } from '#parley/tests/helpers/fault-proxy.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** Pages of the chat as the server renders them, before and after the browser takes them over. */

let browser: Browser
let server: ServerProcess
let anna: Awaited<ReturnType<typeof newUser>>
let ben: Awaited<ReturnType<typeof newUser>>

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()])
  anna = await newUser(server.url, 'anna')
  ben = await newUser(server.url, 'ben')
})

afterAll(async () => {
  await browser.close()
  await server.dispose()
})

const say = (user: typeof anna, conversation: string, text: string) =>
  user.need('POST', `/api/conversations/${conversation}/messages`, { cid: crypto.randomUUID(), content: { type: 'text', text } })

/** Of what others write the first unread message is where it opens; of one's own, the end. */
async function room(title: string, words: readonly string[], authors = [ben, anna]): Promise<string> {
  const { id } = await anna.group(title, [ben.account.id])
  for (const [index, text] of words.entries()) await say(authors[index % authors.length]!, id, text)
  return id
}

/** A window of someone who is logged in and has been here before: the server knows the zone. */
async function windowOf(user: typeof anna, options: BrowserContextOptions = {}, within = browser): Promise<BrowserContext> {
  const context = await within.newContext({ timezoneId: 'Asia/Shanghai', locale: 'en-US', viewport: { width: 1280, height: 800 }, ...options })
  const [name = '', value = ''] = user.cookie.split('=')
  await context.addCookies([{ name, value, url: server.url }, { name: 'parley-zone', value: encodeURIComponent('Asia/Shanghai'), url: server.url }])
  return context
}

const texts = (page: Page) => page.getByTestId('message-text').allInnerTexts()
const online = (page: Page) => page.locator('[data-testid="connection-status"][data-state="online"]').waitFor({ state: 'attached' })

/** Listens from before the first byte on. What Vue has to say about a page that it could not take over as it was is an error or a warning. */
function complaints(page: Page): string[] {
  const heard: string[] = []
  page.on('console', message => (message.type() === 'error' || message.type() === 'warning') && heard.push(message.text()))
  page.on('pageerror', error => heard.push(error.message))
  return heard
}

/** Sum of what moved without the user doing anything, as the browser counts it. */
async function watchShifts(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    let sum = 0
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) sum += Number((entry.toJSON() as { value: number }).value)
    }).observe({ type: 'layout-shift', buffered: true })
    Object.assign(globalThis, { shiftsSoFar: () => sum })
  })
  return () => page.evaluate<number>('shiftsSoFar()')
}

const lines = Array.from({ length: 60 }, (_, n) => `${n % 7 === 0 ? 'a **longer** message with forms, which breaks over the width of a phone for certain, and ' : ''}number ${n + 1}`)

describe('a conversation as the server renders it', () => {
  test('is readable without any script: the list, the last messages at the end of the view, their times', async () => {
    const id = await room('Readable', lines)
    for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 844 }]) {
      const context = await windowOf(anna, { javaScriptEnabled: false, viewport })
      const page = await context.newPage()
      const answer = await page.goto(`${server.url}/chat/${id}`)
      expect(answer?.headers()['cache-control']).toBe('private, no-store')
      const last = page.getByTestId('message').last()
      expect(await last.getByTestId('message-text').innerText()).toBe('number 60')
      const [box, view] = [await last.boundingBox(), await page.getByTestId('timeline').boundingBox()]
      expect(box!.y + box!.height).toBeGreaterThan(view!.y + view!.height - 40)
      expect(box!.y + box!.height).toBeLessThanOrEqual(view!.y + view!.height)
      const first = await page.getByTestId('message').first().boundingBox()
      expect(first!.y).toBeLessThan(view!.y + 200)
      expect(await last.locator('time').innerText()).toMatch(/^\d\d:\d\d$/)
      expect(await page.getByTestId('conversation-item').first().getAttribute('data-title')).toBe('Readable')
      await context.close()
    }
  })

  test('(U-C4, U-T6) is taken over without a warning and without a move, and goes live: messages of others come, one\'s own are sent', async () => {
    const id = await room('Seamless', lines, [anna])
    const context = await windowOf(anna)
    const page = await context.newPage()
    const heard = complaints(page)
    const shifts = await watchShifts(page)
    await page.goto(`${server.url}/chat/${id}`)
    await online(page)
    expect((await texts(page)).at(-1)).toBe('number 60')
    await expect.poll(() => page.getByTestId('timeline').evaluate(box => box.scrollHeight - box.clientHeight - box.scrollTop)).toBeLessThanOrEqual(1)
    expect(await shifts()).toBeLessThan(0.001)
    await say(ben, id, 'and now live')
    await page.getByTestId('message-text').filter({ hasText: 'and now live' }).waitFor()
    expect(await page.getByTestId('message-text').filter({ hasText: 'and now live' }).count()).toBe(1)
    await page.getByTestId('composer').fill('answered')
    await expect.poll(async () => {
      await page.getByTestId('composer').press('Enter')
      return page.getByTestId('composer').inputValue()
    }).toBe('')
    await page.locator('[data-testid="message"][data-state="sent"], [data-testid="message"][data-state="delivered"], [data-testid="message"][data-state="read"]').filter({ hasText: 'answered' }).waitFor()
    expect(heard).toEqual([])
    await context.close()
  })

  test('(U-S7) of an address that names a message shows those around it', async () => {
    const id = await room('Around', lines)
    const context = await windowOf(anna, { javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${server.url}/chat/${id}?at=20`)
    expect(await page.locator('[data-testid="message"][data-seq="20"]').count()).toBe(1)
    expect((await texts(page)).at(-1)).not.toBe('number 60')
    await context.close()
  })

  test('[X25] hostile texts and names stay text, on the server and in the browser', async () => {
    const hostile = ['</script><script>globalThis.hit = 1</script>', '<img src=x onerror="globalThis.hit = 1">', '<!-- <script> -->', '{{ globalThis.hit = 1 }}', '\u2028\u2029 ]]> </textarea>', '**<b onclick=alert(1)>**']
    const id = await room('</title><script>globalThis.hit = 1</script>', hostile)
    const context = await windowOf(anna)
    const page = await context.newPage()
    const heard = complaints(page)
    await page.goto(`${server.url}/chat/${id}`)
    await online(page)
    await expect.poll(() => texts(page)).toEqual(hostile)
    expect(await page.evaluate(() => 'hit' in globalThis)).toBe(false)
    expect(heard).toEqual([])
    await context.close()
  })
})

/** Px from the top of the timeline to an item in it. */
const distanceOf = (page: Page, selector: string) => page.getByTestId('timeline').evaluate((box, wanted) => {
  const item = box.querySelector(wanted)
  return item === null ? undefined : item.getBoundingClientRect().top - box.getBoundingClientRect().top
}, selector)

/** Until nothing is left that the page does by itself. */
const settled = (page: Page) => page.evaluate(() => new Promise<void>((resolve) => {
  requestIdleCallback(() => requestAnimationFrame(() => requestIdleCallback(() => resolve())))
}))

describe('where a page opens', () => {
  const viewports = [{ width: 1280, height: 800 }, { width: 390, height: 844 }]

  /** Read to its end by its owner, before somebody else writes on. */
  async function roomWithUnread(title: string, unread: number): Promise<string> {
    const id = await room(title, lines, [anna])
    const context = await windowOf(anna)
    const page = await context.newPage()
    await page.goto(`${server.url}/chat/${id}`)
    const readSeq = async () => (await anna.need<{ conversation: { readSeq: number } }>('GET', `/api/conversations/${id}`)).conversation.readSeq
    await say(ben, id, 'the first of today')
    await expect.poll(readSeq).toBe(lines.length + 1)
    await context.close()
    for (let n = 1; n <= unread; n++) await say(ben, id, `${n % 5 === 0 ? 'a longer one, which takes several lines on the screen of a phone and perhaps two on that of a desk, ' : ''}not yet read ${n}`)
    return id
  }

  test('(U-T6, U-S6, U-S7) a page opens with its message in view, and hydration moves nothing', async () => {
    const id = await room('Still', lines, [anna])
    const shifts: Record<string, number> = {}
    for (const viewport of viewports) {
      const openings: { name: string, path: string, target?: string }[] = [
        { name: 'at the end', path: id },
        ...[3, 20, 45, 57].map(seq => ({ name: `at message ${seq}`, path: `${id}?at=${seq}`, target: `[data-seq="${seq}"]` })),
      ]
      // Of its own for each window: what was unread is read once it was shown.
      for (const unread of [4, 25]) openings.push({ name: `${unread} unread`, path: await roomWithUnread(`Unread ${unread} ${viewport.width}`, unread), target: '[data-testid="unread-divider"]' })
      for (const { name, path, target } of openings) {
        const context = await windowOf(anna, { viewport })
        const page = await context.newPage()
        const heard = complaints(page)
        const shift = await watchShifts(page)
        await page.goto(`${server.url}/chat/${path}`)
        await online(page)
        await settled(page)
        if (target !== undefined) {
          const height = await page.getByTestId('timeline').evaluate(box => box.clientHeight)
          const distance = await distanceOf(page, target)
          expect(distance, `${name} at ${viewport.width}`).toBeGreaterThanOrEqual(0)
          expect(distance, `${name} at ${viewport.width}`).toBeLessThan(height * 0.95)
        }
        shifts[`${name} at ${viewport.width}`] = await shift()
        expect(heard).toEqual([])
        await context.close()
      }
    }
    console.warn(`layout shift of opening: ${Object.entries(shifts).map(([name, value]) => `${name} ${value.toFixed(4)}`).join(', ')}`)
    expect(Object.keys(shifts)).toHaveLength(14)
    expect(Object.entries(shifts).filter(([, value]) => value > 0.02)).toEqual([])
  }, 180_000)

  test('(U-T6) a page that comes in pieces is first painted with its last message in view', async () => {
    const id = await room('Slowly', lines, [anna])
    const proxy = await FaultProxy.listen(Number(new URL(server.url).port))
    const context = await windowOf(anna, { viewport: viewports[1]! })
    const page = await context.newPage()
    const shift = await watchShifts(page)
    // Files first, so that only the document is slow.
    await page.goto(`${proxy.url}/chat/${id}`)
    await online(page)
    proxy.rate(200_000, 'down')
    await page.goto(`${proxy.url}/chat/${id}`)
    await online(page)
    await settled(page)
    expect(await shift()).toBeLessThan(0.001)
    await context.close()
    await proxy.close()
  })

  test('(U-S1, U-S7) whoever scrolls before the page is alive stays there: near its message, far above it, at the end, and when others write', async () => {
    const id = await room('Scrolled early', lines, [anna])
    const ways = [
      { name: 'a little above its message', path: `${id}?at=30`, by: -60 }, { name: 'far above its message', path: `${id}?at=30`, by: -500 },
      { name: 'at the end', path: `${id}?at=45`, by: 9_000 }, { name: 'above the end', path: id, by: -400 },
    ]
    for (const { name, path, by } of ways) {
      const context = await windowOf(anna, { viewport: viewports[0]! })
      const page = await context.newPage()
      const scripts = Promise.withResolvers<undefined>()
      await page.route('**/_nuxt/*.js', route => scripts.promise.then(() => route.continue()))
      await page.goto(`${server.url}/chat/${path}`, { waitUntil: 'commit' })
      const box = page.getByTestId('timeline')
      await box.waitFor()
      const before = await box.evaluate(each => each.scrollTop)
      await box.hover()
      await page.mouse.wheel(0, by)
      await expect.poll(() => box.evaluate(each => each.scrollTop)).not.toBe(before)
      await settled(page)
      // Of the rows that are there: the first in view.
      const seen = await box.evaluate((each) => {
        const top = each.getBoundingClientRect().top
        const row = [...each.querySelectorAll<HTMLElement>('[data-testid="message"]')].find(message => message.getBoundingClientRect().top >= top)!
        return { row: `[data-seq="${row.dataset.seq}"]`, distance: row.getBoundingClientRect().top - top }
      })
      scripts.resolve(undefined)
      await online(page)
      await say(ben, id, `while somebody reads ${name}`)
      await page.locator('[data-testid="conversation-item"]').filter({ hasText: `while somebody reads ${name}` }).waitFor()
      await settled(page)
      // At the end what comes is followed (U-S2).
      if (name === 'at the end') await page.getByTestId('message-text').filter({ hasText: name }).waitFor()
      else expect(Math.abs((await distanceOf(page, seen.row) ?? Infinity) - seen.distance), name).toBeLessThanOrEqual(1)
      await context.close()
    }
  })

  test('(U-S7) a browser without `scroll-initial-target` shows the message before any file of script is there', async () => {
    const id = await room('Elsewhere', lines, [anna])
    const other = await launchBrowser({ args: ['--disable-blink-features=CSSScrollInitialTarget'] })
    try {
      for (const viewport of viewports) {
        const context = await windowOf(anna, { viewport }, other)
        const page = await context.newPage()
        await page.route('**/_nuxt/*.js', route => route.abort())
        await page.goto(`${server.url}/chat/${id}?at=20`)
        expect(await page.evaluate(() => CSS.supports('scroll-initial-target', 'nearest'))).toBe(false)
        const height = await page.getByTestId('timeline').evaluate(box => box.clientHeight)
        const distance = await distanceOf(page, '[data-seq="20"]')
        expect(distance).toBeGreaterThan(0.28 * height)
        expect(distance).toBeLessThan(0.32 * height)
        await context.close()
      }
    }
    finally {
      await other.close()
    }
  })

  test('prints how long a conversation takes that this tab has shown before', async () => {
    const [one, two] = [await room('First of two', lines, [anna]), await room('Second of two', lines, [anna])]
    const context = await windowOf(anna)
    const page = await context.newPage()
    await page.goto(`${server.url}/chat/${one}`)
    await online(page)
    const go = (id: string) => page.evaluate(target => new Promise<number>((resolve) => {
      const link = document.querySelector<HTMLElement>(`[data-testid="conversation-item"][data-conversation="${target}"]`)
      const begun = performance.now()
      const look = (): void => {
        const shown = document.querySelector(`[data-testid="timeline"][data-conversation="${target}"] [data-testid="message"]`)
        if (shown === null) return void requestAnimationFrame(look)
        // After the frame in which it is painted.
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)))
      }
      link?.click()
      look()
    }), id)
    await go(two)
    const times: number[] = []
    for (const id of [one, two, one, two, one, two, one]) times.push(await go(id))
    console.warn(`a cached conversation shows after ${times.toSorted((a, b) => a - b)[3]!.toFixed(0)} ms (median of ${times.length}, slowest ${Math.max(...times).toFixed(0)}; wanted: under 100)`)
    expect(await page.getByTestId('message').count()).toBeGreaterThan(0)
    await context.close()
  })
})

describe('who sees what', () => {
  test('who is not logged in is sent to the log-in page by the server, and back from there', async () => {
    const id = await room('Behind the door', ['secret'])
    const context = await browser.newContext()
    const page = await context.newPage()
    const answer = await page.goto(`${server.url}/chat/${id}?at=1`)
    expect(answer?.request().redirectedFrom()?.url()).toBe(`${server.url}/chat/${id}?at=1`)
    expect(new URL(page.url()).searchParams.get('next')).toBe(`/chat/${id}?at=1`)
    expect(await answer?.text()).not.toContain('secret')
    await context.close()
  })

  test('[S8] a stranger\'s conversation and one that does not exist look the same', async () => {
    const id = await room('Not yours', ['secret'])
    const carol = await newUser(server.url, 'carol')
    const pages = await Promise.all([id, 'no-such-conversation'].map(async (path) => {
      const response = await fetch(`${server.url}/chat/${path}`, { headers: { cookie: carol.cookie } })
      return [response.status, (await response.text()).replaceAll(path, '').replaceAll(/ nonce="[\w-]{22}"/g, '')]
    }))
    expect(pages[0]).toEqual(pages[1])
    expect(pages[0]![1]).not.toContain('secret')
  })

  test('[X33] what a service worker keeps holds nobody\'s messages', async () => {
    const id = await room('For tomorrow', ['for her eyes alone'])
    const context = await windowOf(anna)
    const page = await context.newPage()
    await page.goto(`${server.url}/chat/${id}`)
    await online(page)
    const kept = () => page.evaluate(async () => {
      const found: string[] = []
      for (const name of await caches.keys()) {
        const cache = await caches.open(name)
        for (const request of await cache.keys()) found.push(await (await cache.match(request))!.text())
      }
      return found
    })
    await expect.poll(async () => (await kept()).length, { timeout: 20_000 }).toBeGreaterThan(3)
    expect((await kept()).filter(text => text.includes('for her eyes alone') || text.includes('For tomorrow'))).toEqual([])
    await context.close()
  })
})
