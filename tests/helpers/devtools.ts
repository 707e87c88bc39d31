import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import { expect } from 'vitest'

/** What a test does to a page and its browser through DevTools and init scripts: freeze, crash, storage, clocks, timers. */

/** Kept for the life of the page: when a session ends, the browser takes back what it did. */
const sessions = new WeakMap<Page, Promise<CDPSession>>()

function devtoolsOf(page: Page): Promise<CDPSession> {
  const session = sessions.get(page) ?? page.context().newCDPSession(page)
  sessions.set(page, session)
  return session
}

/**
 * Brings all script of the page to a standstill and lets it go on: messages and timers
 * wait, while the browser keeps the socket open and answers protocol pings (B5). This stands for a machine that sleeps, after which the
 * link is as it was; what Chromium does to pages in the background is OwnBrowser.freeze. Meanwhile nothing may be asked of the page.
 */
export async function setFrozen(page: Page, frozen: boolean): Promise<void> {
  const devtools = await devtoolsOf(page)
  if (!frozen) {
    await devtools.send('Debugger.resume')
    await page.evaluate(() => document.dispatchEvent(new Event('resume', { bubbles: true })))
    return
  }
  await page.evaluate(() => document.dispatchEvent(new Event('freeze', { bubbles: true })))
  await devtools.send('Debugger.enable')
  const stopped = new Promise(resolve => devtools.once('Debugger.paused', resolve))
  // Answered only when the page goes on, or never when it is closed first.
  devtools.send('Runtime.evaluate', { expression: 'debugger' }).catch(() => {})
  await stopped
}

const unlimited = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 }

/** Has the browser tell the page that the network went or came, while every byte goes on as before. */
export async function tellNetwork(page: Page, online: boolean): Promise<void> {
  await (await devtoolsOf(page)).send('Network.overrideNetworkState', { offline: !online, ...unlimited })
}

/** The switch "offline" of DevTools: the page is told, new connections fail, and open sockets hold back what they are given (B1). */
export async function switchOffline(page: Page, offline: boolean): Promise<void> {
  const devtools = await devtoolsOf(page)
  await devtools.send('Network.enable')
  await devtools.send('Network.emulateNetworkConditions', { offline, ...unlimited })
}

/** Kills the renderer of the page; resolves when the browser has noticed. */
export async function crash(page: Page): Promise<void> {
  const devtools = await devtoolsOf(page)
  const crashed = page.waitForEvent('crash')
  // Never answered: the one that would answer is gone.
  devtools.send('Page.crash').catch(() => {})
  await crashed
}

/** Bytes of a small device: room for the page, little enough to ask for all of it at once. */
const smallDevice = 20_000_000

async function setRoom(page: Page, origin: string, bytes: number): Promise<void> {
  const devtools = await devtoolsOf(page)
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: bytes })
}

/** Gives an origin that the page has not visited yet a device that `fillDevice` can fill. */
export async function shrinkDevice(page: Page, origin: string): Promise<void> {
  await setRoom(page, origin, smallDevice)
}

/**
 * Leaves the page's origin no room on the device, and waits until writes are refused: Chromium asks how much there is once, and believes
 * the answer for half a minute, or until somebody wants more than that.
 */
export async function fillDevice(page: Page): Promise<void> {
  await setRoom(page, new URL(page.url()).origin, 1)
  const write = (bytes: number) => page.evaluate(bytes => new Promise<string>((resolve) => {
    const opening = indexedDB.open('fill')
    opening.onupgradeneeded = () => opening.result.createObjectStore('bytes', { autoIncrement: true })
    opening.onerror = () => resolve(opening.error?.name ?? 'error')
    opening.onsuccess = () => {
      const database = opening.result
      const writing = database.transaction('bytes', 'readwrite')
      writing.objectStore('bytes').add('x'.repeat(bytes))
      const end = (outcome: string) => {
        database.close()
        resolve(outcome)
      }
      writing.oncomplete = () => end('written')
      writing.onabort = () => end(writing.error?.name ?? 'aborted')
    }
  }), bytes)
  // More than there ever was comes first: it has Chromium ask again.
  for (const bytes of [smallDevice, 200]) await expect.poll(() => write(bytes), { timeout: 40_000, interval: 100 }).toBe('QuotaExceededError')
}

/** "Clear site data": cookies, databases, caches, local storage and service workers of the page's origin. */
export async function clearSiteData(page: Page): Promise<void> {
  const devtools = await devtoolsOf(page)
  await devtools.send('Storage.clearDataForOrigin', { origin: new URL(page.url()).origin, storageTypes: 'all' })
}

interface Shimmed {
  /** Ms that the page's wall clock is off by. */
  parleyClock: { offset: number, jumpOnResume: number }
  parleyTab: { hide(): void, show(): void }
}

/** Gives the pages of a context a wall clock that is `offset` ms wrong and can be set with `setClock`. The monotonic clock stays right. */
export async function shimClock(context: BrowserContext, offset = 0): Promise<void> {
  await context.addInitScript((start) => {
    const clock = { offset: start, jumpOnResume: 0 }
    Object.assign(globalThis, { parleyClock: clock })
    const RealDate = Date
    globalThis.Date = new Proxy(RealDate, {
      construct: (target, values, made) => Reflect.construct(target, values.length === 0 ? [RealDate.now() + clock.offset] : values, made) as Date,
      apply: () => new RealDate(RealDate.now() + clock.offset).toString(),
      get: (target, name, receiver) => name === 'now' ? () => RealDate.now() + clock.offset : Reflect.get(target, name, receiver) as unknown,
    })
    // Registered before any listener of the page: a machine that wakes has its clock set before the page runs again.
    document.addEventListener('resume', () => {
      clock.offset += clock.jumpOnResume
      clock.jumpOnResume = 0
    }, { capture: true })
  }, offset)
}

export async function setClock(page: Page, change: Partial<Shimmed['parleyClock']>): Promise<void> {
  await page.evaluate((change) => {
    Object.assign(Reflect.get(globalThis, 'parleyClock') as Shimmed['parleyClock'], change)
  }, change)
}

/**
 * Lets pages of a context be hidden as in a tab that has been in the background for long: `document` says so, no frame is drawn, and
 * timers run only at full minutes (B6). Headless Chromium does none of this by itself.
 */
export async function shimHiddenTab(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const minute = 60_000
    const waiting = new Map<number, FrameRequestCallback>()
    const { setTimeout: realTimeout, setInterval: realInterval, requestAnimationFrame: realFrame, cancelAnimationFrame: realCancel } = globalThis
    let hidden = false
    let held = -1
    const aligned = (delay = 0) => hidden ? minute * Math.ceil((performance.now() + delay) / minute) - performance.now() : delay
    Object.assign(globalThis, {
      setTimeout: (task: TimerHandler, delay?: number, ...rest: unknown[]) => realTimeout(task, aligned(delay), ...rest),
      setInterval: (task: TimerHandler, delay?: number, ...rest: unknown[]) => realInterval(task, hidden ? Math.max(minute, delay ?? 0) : delay, ...rest),
      requestAnimationFrame: (task: FrameRequestCallback) => {
        if (!hidden) return realFrame(task)
        waiting.set(--held, task)
        return held
      },
      cancelAnimationFrame: (id: number) => waiting.delete(id) || realCancel(id),
      parleyTab: {
        hide: () => turn(true),
        show: () => turn(false),
      },
    })
    Object.defineProperty(Document.prototype, 'visibilityState', { configurable: true, get: () => hidden ? 'hidden' : 'visible' })
    Object.defineProperty(Document.prototype, 'hidden', { configurable: true, get: () => hidden })
    function turn(next: boolean): void {
      hidden = next
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
      if (next) return
      for (const task of waiting.values()) realFrame(task)
      waiting.clear()
    }
  })
}

export async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate(hidden => (Reflect.get(globalThis, 'parleyTab') as Shimmed['parleyTab'])[hidden ? 'hide' : 'show'](), hidden)
}

/** From now on notes every state of the connection and every word of the banner that the page shows, be it for one frame. */
export async function watchConnection(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const seen: string[] = []
    const look = () => {
      const state = document.querySelector<HTMLElement>('[data-testid="connection-status"]')?.dataset.state
      const words = document.querySelector<HTMLElement>('[data-testid="connection-banner"]')?.innerText.trim()
      for (const entry of [state, words]) if (entry && !seen.includes(entry)) seen.push(entry)
    }
    look()
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true })
    Object.assign(globalThis, { parleyStates: seen })
  })
  return () => page.evaluate(() => Reflect.get(globalThis, 'parleyStates') as string[])
}
