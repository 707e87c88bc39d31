import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import { browserFlags, findBrowser } from '#parley/tests/helpers/browser.ts'
import { DevtoolsLink } from '#parley/tests/helpers/devtools-link.ts'

/** Ms until a browser that does not start is given up. */
const startLimit = 20_000

/** Walks the shadow trees of the browser's own pages. */
const findAll = `const all = (root, selector) => [...root.querySelectorAll('*')].flatMap(e => [...(e.matches(selector) ? [e] : []), ...(e.shadowRoot ? all(e.shadowRoot, selector) : [])]);`

/**
 * A browser as its owner runs it. Those that Playwright starts keep every page visible and focused, and Chromium freezes or discards
 * hidden pages only: so this one is started here, and Playwright joins it without its overrides.
 */
export class OwnBrowser {
  readonly #endpoint: string
  readonly #end: () => Promise<void>
  #browser: Browser
  /** Whether it manages tabs: the headless shell does not, and discards none. */
  readonly discards: boolean

  private constructor(endpoint: string, browser: Browser, discards: boolean, end: () => Promise<void>) {
    this.#endpoint = endpoint
    this.#browser = browser
    this.discards = discards
    this.#end = end
  }

  /** A fresh browser on a busy machine now and then answers no devtools call at all; then another is started, once. */
  static async start(): Promise<OwnBrowser> {
    return OwnBrowser.#startOnce().catch(() => OwnBrowser.#startOnce())
  }

  static async #startOnce(): Promise<OwnBrowser> {
    const profile = await mkdtemp(join(tmpdir(), 'parley-browser-'))
    const child = spawn(await findBrowser(), [...browserFlags, '--headless=new', '--lang=en-GB', '--remote-debugging-port=0', `--user-data-dir=${profile}`], { stdio: ['ignore', 'ignore', 'pipe'] })
    const exited = new Promise<void>(resolve => child.on('close', () => resolve()))
    const end = async () => {
      child.kill('SIGKILL')
      await exited
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    }
    try {
      const endpoint = await new Promise<string>((resolve, reject) => {
        let output = ''
        AbortSignal.timeout(startLimit).addEventListener('abort', () => reject(new Error(`the browser did not start:\n${output}`)))
        child.stderr.on('data', (chunk: Buffer) => {
          output += chunk.toString()
          const [, url] = /listening on (ws:\S+)/.exec(output) ?? []
          if (url !== undefined) resolve(url)
        })
      })
      const browser = await chromium.connectOverCDP(endpoint, { noDefaults: true, timeout: 10_000 })
      return new OwnBrowser(endpoint, browser, await OwnBrowser.#hasTabs(endpoint), end)
    }
    catch (error) {
      await end()
      throw error
    }
  }

  /** The headless shell has none of the browser's own pages. */
  static async #hasTabs(endpoint: string): Promise<boolean> {
    const link = await DevtoolsLink.open(endpoint)
    const run = await link.page('chrome://version/')
    await expect.poll(() => run('document.readyState')).toBe('complete')
    const there = await run('location.protocol')
    await run('window.close()')
    link.close()
    return there === 'chrome:'
  }

  get context(): BrowserContext {
    return this.#browser.contexts()[0]!
  }

  /** A page in a window of its own, which can be hidden without hiding the others. */
  async openWindow(): Promise<Page> {
    const devtools = await this.#browser.newBrowserCDPSession()
    const [page] = await Promise.all([this.context.waitForEvent('page'), devtools.send('Target.createTarget', { url: 'about:blank', newWindow: true })])
    await devtools.detach()
    return page
  }

  async hide(page: Page): Promise<void> {
    await this.#setWindow(page, 'minimized')
    await expect.poll(() => page.evaluate(() => document.visibilityState)).toBe('hidden')
  }

  /** Brings the page to the front again, whatever the browser has done to it meanwhile but discard it. */
  async show(page: Page): Promise<void> {
    await this.#setWindow(page, 'normal')
    await page.bringToFront()
    await expect.poll(() => page.evaluate(() => document.visibilityState)).toBe('visible')
  }

  /** Hides the page and freezes it: no timer, no message, no event, until it is shown. */
  async freeze(page: Page): Promise<void> {
    await this.hide(page)
    await page.evaluate(() => document.addEventListener('freeze', () => document.documentElement.setAttribute('data-frozen', ''), { once: true }))
    const devtools = await this.context.newCDPSession(page)
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
    await expect.poll(() => page.evaluate(() => document.documentElement.hasAttribute('data-frozen'))).toBe(true)
    await devtools.detach()
  }

  /**
   * Puts the page behind another tab and discards it, as the browser does when memory is short. No debugger may be attached then, so
   * Playwright goes, and every Page that it gave dies with it.
   *
   * @returns what comes back to the tab, which loads it anew
   */
  async discard(page: Page): Promise<() => Promise<Page>> {
    const url = page.url()
    const devtools = await this.context.newCDPSession(page)
    // Another tab comes before it: not even a minimised window loses the tab that it shows.
    await devtools.send('Runtime.evaluate', { expression: 'open(\'about:blank\', \'_blank\', \'noopener\')', userGesture: true })
    await expect.poll(() => page.evaluate(() => document.visibilityState)).toBe('hidden')
    await this.#browser.close()
    const link = await DevtoolsLink.open(this.#endpoint)
    const urls = await link.page('chrome://chrome-urls/')
    // One click, and the button that would take it back is there.
    await expect.poll(() => urls(`{ ${findAll} const [button] = all(document, 'cr-button').map(e => [e, e.textContent]).filter(([, text]) => text.includes('internal debugging')); if (button?.[1].includes('Enable')) button[0].click(); button?.[1].includes('Disable') }`)).toBe(true)
    const discards = await link.page('chrome://discards/')
    const row = `${findAll} const row = all(document, 'tr').find(e => e.innerText.includes('${url}'));`
    const press = (name: string) => expect.poll(() => discards(`{ ${row} const button = row && all(row, '*').find(e => e.textContent.trim() === '${name}'); button?.click(); button !== undefined }`)).toBe(true)
    await press('[Urgent Discard]')
    await expect.poll(() => discards(`{ ${row} row.innerText.includes('unloaded') }`)).toBe(true)
    return async () => {
      await press('[Load]')
      await expect.poll(() => discards(`{ ${row} row.innerText.includes('unloaded') }`)).toBe(false)
      link.close()
      this.#browser = await chromium.connectOverCDP(this.#endpoint, { noDefaults: true })
      const find = () => this.context.pages().find(page => page.url() === url)
      await expect.poll(() => find() !== undefined).toBe(true)
      const again = find()!
      await this.show(again)
      return again
    }
  }

  async close(): Promise<void> {
    await this.#browser.close()
    await this.#end()
  }

  async #setWindow(page: Page, windowState: 'minimized' | 'normal'): Promise<void> {
    const devtools = await this.context.newCDPSession(page)
    const { windowId } = await devtools.send('Browser.getWindowForTarget')
    await devtools.send('Browser.setWindowBounds', { windowId, bounds: { windowState } })
    await devtools.detach()
  }
}
