import { setTimeout } from 'node:timers/promises'
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import type { TimelineSnapshot } from '#parley/client/types.ts'
import type { NewOp } from '#parley/tests/helpers/issue-op.ts'
import { Person } from '#parley/tests/helpers/person.ts'
import type { Op } from '#parley/shared/protocol/index.ts'
import type { FinalView, Witness } from '#parley/tests/helpers/sim/oracle.ts'
import { pageSpy } from '#parley/scripts/chaos/page-spy.ts'
import type { Told } from '#parley/scripts/chaos/page-spy.ts'
import type { Books, Seat } from '#parley/scripts/chaos/seat.ts'

export interface TabOptions {
  name: string
  account: { id: string, username: string }
  /** One browser with its own storage; tabs that share it share the outbox. */
  context: BrowserContext
  base: string
  /** Conversations by id, with the title under which the list shows them to this account. */
  titles: ReadonlyMap<string, string>
  books: Books
}

/** Ms after which a page that loads nothing is loaded again, as its user would do; a load through a bad network takes seconds. */
const loadPatience = 15_000

/** A tab of a real Chromium, its composer typed into; everything else goes through the client of the page. */
class TabSeat implements Seat {
  readonly name: string
  readonly account: string
  online = false
  pending = 0
  readonly #options: TabOptions
  readonly #person: Person
  readonly #cdp: CDPSession
  readonly #snapshots = new Map<string, TimelineSnapshot>()
  #witness: Witness | undefined
  #loads = 0
  #life: 'loading' | 'ready' | 'frozen' = 'loading'

  constructor(options: TabOptions, page: Page, cdp: CDPSession) {
    this.name = options.name
    this.account = options.account.id
    this.#options = options
    this.#person = new Person(options.account.username, page, options.base)
    this.#cdp = cdp
  }

  get usable(): boolean {
    return this.#life === 'ready'
  }

  hear(told: Told): void {
    if (told.type === 'begun') {
      // Not earlier: the page that goes is heard to its last press.
      this.#witness?.ended()
      this.#witness = this.#options.books.oracle.watch(this.account, `${this.name}.${++this.#loads}`, this.name)
      if (this.#life === 'loading') this.#life = 'ready'
    }
    if (told.type === 'state') Object.assign(this, { online: told.online, pending: told.pending })
    if (told.type === 'pressed') this.#witness?.pressed({ ...told.op, cid: told.cid } as Op)
    if (told.type === 'kept') this.#witness?.kept(told.cid)
    if (told.type === 'refused') this.#witness?.refused(told.cid)
    if (told.type !== 'saw') return
    this.#snapshots.set(told.snapshot.conversation, told.snapshot)
    this.#witness?.saw(told.snapshot)
  }

  /** Loads until a page is there: a user whose page stays white loads it again. */
  async load(how: () => Promise<unknown>): Promise<void> {
    this.#life = 'loading'
    Object.assign(this, { online: false })
    this.#snapshots.clear()
    for (let attempt = 1; !this.usable; attempt++) {
      if (attempt > 1) this.#options.books.record.note(`${this.name}: nothing came, loads again (${attempt})`)
      await how().catch(() => {})
      for (const until = performance.now() + loadPatience; !this.usable && performance.now() < until;) await setTimeout(50)
    }
    for (const conversation of this.#options.titles.keys()) await this.#look(conversation)
  }

  snapshot(conversation: string): TimelineSnapshot | undefined {
    return this.#snapshots.get(conversation)
  }

  async press(op: NewOp): Promise<void> {
    // The conversation of `show` is on the screen; only there stands a composer to type into.
    if (op.type !== 'send' || op.content.type !== 'text' || !this.#person.page.url().includes(op.conversation)) {
      await this.#person.page.evaluate(text => window.chaosSpy?.press(text), JSON.stringify(op))
      return
    }
    await this.#person.say(op.content.text)
  }

  async show(conversation: string): Promise<void> {
    await this.#person.open(this.#options.titles.get(conversation) ?? '')
  }

  async read(conversation: string, seq: number): Promise<void> {
    await this.#person.page.evaluate(([id, at]) => window.chaosSpy?.read(id, at), [conversation, seq] as const)
  }

  async reload(): Promise<void> {
    await this.load(() => this.#person.page.reload({ waitUntil: 'commit', timeout: loadPatience }))
  }

  /** What Chromium does at a change of the network: an event, and no new connections. Those that are open stay (B1). */
  async setOnline(online: boolean): Promise<void> {
    await this.#options.context.setOffline(!online)
  }

  async freeze(on: boolean): Promise<void> {
    if (on && this.usable) this.#life = 'frozen'
    await this.#cdp.send('Page.setWebLifecycleState', { state: on ? 'frozen' : 'active' })
    if (!on && this.#life === 'frozen') this.#life = 'ready'
  }

  async view(): Promise<FinalView | undefined> {
    if (!this.usable) return undefined
    const text = await this.#person.page.evaluate(() => window.chaosSpy?.view())
    return text === undefined ? undefined : JSON.parse(text) as FinalView
  }

  async finish(): Promise<void> {
    const view = await this.view()
    if (view === undefined) this.#options.books.oracle.fault(`${this.name}: the page does not answer at the end`)
    else this.#witness?.finished(view)
    await this.#compareScreen(view)
    for (const error of this.#person.errors) this.#options.books.oracle.fault(`${this.name}: the page threw ${error}`)
  }

  async dispose(): Promise<void> {
    await this.#person.page.close()
  }

  async #look(conversation: string): Promise<void> {
    await this.#person.page.evaluate(id => window.chaosSpy?.look(id), conversation)
  }

  /** The drawn rows, a window of all, are those of the client, in its order. */
  async #compareScreen(view: FinalView | undefined): Promise<void> {
    const snapshot = view?.timelines.find(({ conversation }) => this.#person.page.url().includes(conversation))
    if (snapshot === undefined) return
    const drawn = (await this.#person.rows()).map(row => row.cid)
    const rows = snapshot.rows.filter(row => row.kind === 'message').map(row => row.cid)
    const from = rows.indexOf(drawn[0] ?? '')
    const wanted = rows.slice(Math.max(0, from), Math.max(0, from) + drawn.length)
    if (drawn.join() !== wanted.join()) this.#options.books.oracle.fault(`${this.name}: the screen draws ${drawn.join(' ')}, the client has ${wanted.join(' ')}`)
  }
}

/** Opens a tab on the chat, through the network of its browser. */
export async function openTabSeat(options: TabOptions): Promise<Seat> {
  const page = await options.context.newPage()
  const seat = new TabSeat(options, page, await options.context.newCDPSession(page))
  await page.exposeFunction('chaosTell', (text: string) => seat.hear(JSON.parse(text) as Told))
  await page.addInitScript({ content: pageSpy })
  await seat.load(() => page.goto(`${options.base}/chat`, { waitUntil: 'commit' }))
  return seat
}
