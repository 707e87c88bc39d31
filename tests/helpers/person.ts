import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { setTimeout } from 'node:timers/promises'

/** What a row of the timeline tells a test. */
export interface SeenRow { cid: string, seq: number | undefined, sender: string, text: string, state: string | undefined }

const hook = (name: string) => `[data-testid="${name}"]`

/** Ms that a person waits for something to appear before they call it broken. */
const patience = 20_000

/** Not vitest's own: people also sit at runs that are no tests. */
async function until(holds: () => Promise<boolean>, failure: () => string): Promise<void> {
  const begun = performance.now()
  while (!await holds()) {
    if (performance.now() - begun > patience) throw new Error(failure())
    await setTimeout(100)
  }
}

/** One person at one browser window: does what people do, through the interface, and reads what it shows. */
export class Person {
  readonly name: string
  readonly page: Page
  readonly #base: string
  /** Errors that the page threw; a test ends by looking at them. */
  readonly errors: string[] = []

  constructor(name: string, page: Page, base: string) {
    this.name = name
    this.page = page
    this.#base = base
    page.setDefaultTimeout(patience)
    page.on('pageerror', error => this.errors.push(error.message))
  }

  get password(): string {
    return `a long pass phrase of ${this.name}`
  }

  on(name: string): Locator {
    return this.page.locator(hook(name))
  }

  async goto(path: string): Promise<void> {
    await this.page.goto(`${this.#base}${path}`)
    // What the server rendered is there before the page is alive, and takes no key until then.
    await this.page.locator('.still').waitFor({ state: 'detached' })
  }

  async authenticate(mode: 'login' | 'register'): Promise<void> {
    await this.goto('/login')
    const submit = this.on('auth-submit')
    await submit.waitFor()
    if (await submit.getAttribute('data-mode') !== mode) await this.on('auth-toggle').click()
    await this.page.locator(`${hook('auth-submit')}[data-mode="${mode}"]`).waitFor()
    await this.on('auth-username').fill(this.name)
    await this.on('auth-password').fill(this.password)
    await submit.click()
    await this.page.waitForURL('**/chat**')
    await this.connection('online')
  }

  async connection(state: string): Promise<void> {
    await this.page.locator(`${hook('connection-status')}[data-state="${state}"]`).waitFor({ state: 'attached' })
  }

  async offline(): Promise<void> {
    await this.page.locator(`${hook('connection-status')}:not([data-state="online"])`).waitFor({ state: 'attached' })
  }

  async pending(): Promise<number> {
    return Number(await this.on('connection-status').getAttribute('data-pending'))
  }

  async startDirect(other: string): Promise<void> {
    await this.on('new-conversation').click()
    await this.on('user-search').fill(other)
    await this.page.locator(`${hook('user-option')}[data-username="${other}"]`).click()
    await this.on('conversation-create').click()
    await this.on('composer').waitFor()
  }

  async startGroup(title: string, others: readonly string[]): Promise<void> {
    await this.on('new-conversation').click()
    for (const other of others) {
      await this.on('user-search').fill(other)
      await this.page.locator(`${hook('user-option')}[data-username="${other}"]`).click()
    }
    await this.on('conversation-title').fill(title)
    await this.on('conversation-create').click()
    await this.on('composer').waitFor()
  }

  async open(title: string): Promise<void> {
    await this.page.locator(`${hook('conversation-item')}[data-title="${title}"]`).click()
    await this.on('composer').waitFor()
  }

  /** Types and presses Enter until the box takes it: for half a second after a conversation opens Enter is ignored (U-P3). */
  async say(text: string): Promise<void> {
    const composer = this.on('composer')
    await composer.click()
    await composer.pressSequentially(text)
    await until(async () => {
      await composer.press('Enter')
      return await composer.inputValue() === ''
    }, () => `${this.name} could not send ${text}`)
  }

  /** Waits until a row with this text is shown, and returns it. */
  async sees(text: string): Promise<SeenRow> {
    await this.page.locator(hook('message')).filter({ has: this.page.locator(hook('message-text'), { hasText: text }) }).first().waitFor()
    return (await this.rows()).find(row => row.text === text)!
  }

  async rows(): Promise<SeenRow[]> {
    return this.page.locator(`${hook('message')}[data-kind="message"]`).evaluateAll(rows => rows.map((row) => {
      const { cid = '', seq, sender = '', state } = (row as HTMLElement).dataset
      const text = row.querySelector<HTMLElement>('[data-testid="message-text"]')?.innerText ?? ''
      return { cid, seq: seq === undefined ? undefined : Number(seq), sender, text, state }
    }))
  }

  /** Waits until the timeline shows exactly these texts, in this order. */
  async seesExactly(texts: readonly string[]): Promise<void> {
    let shown: string[] = []
    await until(async () => {
      shown = (await this.rows()).map(row => row.text)
      return JSON.stringify(shown) === JSON.stringify(texts)
    }, () => `${this.name} sees\n${shown.join('\n')}\ninstead of\n${texts.join('\n')}`)
  }

  async ownStates(): Promise<(string | undefined)[]> {
    return (await this.rows()).filter(row => row.sender === this.name).map(row => row.state)
  }

  async logOut(): Promise<void> {
    await this.on('account-menu').click()
    await this.on('logout').click()
  }
}

/** A person with a browser of their own: nothing is shared with the others but the server. */
export async function arrive(browser: Browser, base: string, name: string, options: BrowserContextOptions = {}): Promise<Person & { context: BrowserContext }> {
  const context = await browser.newContext({ locale: 'en-GB', ...options })
  return Object.assign(new Person(name, await context.newPage(), base), { context })
}
