import { createChatClient } from '#parley/client/chat-client.ts'
import type { ClientStorage, Environment } from '#parley/client/environment.ts'
import { MemoryStorage } from '#parley/client/storage/memory.ts'
import type { Change, ChatClient, ConnectionState, DeliveryState, MessageRow, WaitCause } from '#parley/client/types.ts'
import type { Account } from '#parley/shared/model.ts'
import type { Op } from '#parley/shared/protocol/index.ts'
import { createNodeEnvironment } from '#parley/tests/helpers/node-environment.ts'
import type { NodeEnvironment } from '#parley/tests/helpers/node-environment.ts'
import { issue } from '#parley/tests/helpers/issue-op.ts'
import type { NewOp } from '#parley/tests/helpers/issue-op.ts'
import type { FinalView, Oracle, Witness } from '#parley/tests/helpers/sim/oracle.ts'

export interface HeadlessOptions {
  /** Where it believes the server to be. */
  origin: string
  /** Who is logged in, and the cookie that says so. */
  account: Account
  cookie: string
  /** Divides all of its waiting times; the server's factor, usually. */
  factor?: number
  storage?: ClientStorage
  /** Judges what it shows. */
  oracle?: Oracle
  /** Names its storage to the oracle, where an account has several; see Oracle.watch. */
  device?: string
  /** A door for what no proxy can do: stale tickets, an older page. */
  environment?: (environment: NodeEnvironment) => Partial<Environment>
}

/** Ms that a person waits for something to appear before they call it broken. */
const patience = 20_000

/** How often conditions are looked at (ms), beside every change that the client tells. */
const lookEvery = 20

let pages = 0

/** One page without a browser: the real client core on real sockets, and a person who looks at it. */
export class HeadlessClient {
  readonly client: ChatClient
  readonly account: Account
  readonly environment: NodeEnvironment
  /** Everything that the client told, in order, with the time (ms) since it was made. */
  readonly changes: { at: number, change: Change }[] = []
  /** Every state of the connection since it was made. */
  readonly states: { at: number, state: ConnectionState }[] = []
  /** Disposed of. */
  gone = false
  readonly #storage: ClientStorage
  readonly #witness: Witness | undefined
  readonly #shown = new Set<string>()
  readonly #watchers = new Set<() => void>()
  readonly #born = performance.now()

  private constructor(options: HeadlessOptions) {
    this.account = options.account
    this.#storage = options.storage ?? new MemoryStorage()
    const environment = createNodeEnvironment({ ...options, storage: this.#storage })
    this.environment = Object.assign(environment, options.environment?.({ ...environment }))
    this.client = createChatClient({ account: options.account, environment: this.environment, appname: 'headless' })
    this.#witness = options.oracle?.watch(options.account.id, `${options.device ?? options.account.username}.${++pages}`, options.device)
    this.client.on(change => this.#hear(change))
  }

  /** Opens the page and connects. */
  static async start(options: HeadlessOptions): Promise<HeadlessClient> {
    const page = new HeadlessClient(options)
    await page.client.ready()
    page.client.start()
    return page
  }

  /** Why the connection waited, each time, since a moment (`now`). */
  waits(since = 0): { at: number, attempt: number, cause: WaitCause }[] {
    return this.states.flatMap(({ at, state }) => state.name === 'waiting' && at >= since ? [{ at, attempt: state.attempt, cause: state.cause }] : [])
  }

  get now(): number {
    return performance.now() - this.#born
  }

  get online(): boolean {
    return this.client.connection().name === 'online'
  }

  /** Puts a conversation on the screen; what it shows is looked at from now on. */
  open(conversation: string): void {
    this.#shown.add(conversation)
    this.client.open(conversation)
    this.#witness?.saw(this.client.timeline(conversation))
  }

  rows(conversation: string): MessageRow[] {
    return this.client.timeline(conversation).rows.filter((row): row is MessageRow => row.kind === 'message')
  }

  texts(conversation: string): string[] {
    return this.rows(conversation).map(row => row.content?.type === 'text' ? row.content.text : '')
  }

  /** States of the own messages. */
  sendStates(conversation: string): (DeliveryState | undefined)[] {
    return this.rows(conversation).filter(row => row.mine).map(row => row.state)
  }

  /** Whether every own message has its ✓, and there are so many. */
  allSent(conversation: string, count: number): boolean {
    const states = this.sendStates(conversation)
    return states.length === count && this.client.pending() === 0 && states.every(state => state !== 'queued' && state !== 'sending' && state !== 'failed')
  }

  say(conversation: string, text: string): string {
    return this.press({ type: 'send', conversation, content: { type: 'text', text } })
  }

  /** @returns the cid */
  press(op: NewOp): string {
    const { cid, stored } = issue(this.client, op)
    this.#witness?.pressed({ ...op, cid } as Op)
    void stored.then(() => this.#witness?.kept(cid))
    if (this.#shown.has(op.conversation)) this.#witness?.saw(this.client.timeline(op.conversation))
    return cid
  }

  /** Ms that passed until the condition held. @throws Error with what is shown, when it does not hold in time */
  async until(holds: () => boolean, what: string, limit = patience): Promise<number> {
    const begun = performance.now()
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        const done = holds()
        if (!done && performance.now() - begun < limit) return
        clearInterval(timer)
        this.#watchers.delete(look)
        if (done) resolve()
        else reject(new Error(`${this.account.username}: ${what} did not come to be in ${limit} ms; ${this.#told()}`))
      }
      const timer = setInterval(look, lookEvery)
      this.#watchers.add(look)
      look()
    })
    return performance.now() - begun
  }

  untilOnline(limit?: number): Promise<number> {
    return this.until(() => this.online, 'online', limit)
  }

  /** The page goes, as at a reload. What the device keeps stays for the next one. */
  async leave(): Promise<ClientStorage> {
    this.environment.signal('pagehide')
    await new Promise(resolve => setTimeout(resolve, 100))
    this.#witness?.ended()
    this.dispose()
    return this.#storage
  }

  /** What it shows now. */
  view(): FinalView {
    return {
      online: this.online,
      pending: this.client.pending(),
      timelines: [...this.#shown].map(conversation => this.client.timeline(conversation)),
      conversations: this.client.conversations().map(({ id, head, unread, readSeq, lastMessage }) => ({ id, head, unread, readSeq, ...(lastMessage ? { lastMessage: { seq: lastMessage.seq } } : {}) })),
    }
  }

  /** Tells the oracle what is shown at the end. */
  finish(): FinalView {
    const view = this.view()
    this.#witness?.finished(view)
    return view
  }

  dispose(): void {
    this.gone = true
    this.client.dispose()
    this.environment.dispose()
  }

  #told(): string {
    const timelines = [...this.#shown].map(conversation => this.rows(conversation).slice(-20).map(row => `${row.seq ?? '–'}${row.mine ? ` ${row.state}` : ''}`).join(', '))
    return `connection ${JSON.stringify(this.client.connection())}, ${this.client.pending()} pending, rows ${timelines.join(' | ')}`
  }

  #hear(change: Change): void {
    this.changes.push({ at: this.now, change })
    if (change.type === 'connection') this.states.push({ at: this.now, state: change.state })
    if (change.type === 'timeline' && this.#shown.has(change.conversation)) this.#witness?.saw(this.client.timeline(change.conversation))
    if (change.type === 'refused') this.#witness?.refused(change.cid)
    for (const look of this.#watchers) look()
  }
}
