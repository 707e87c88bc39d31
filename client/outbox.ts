import type { Environment, StoredOp } from '#parley/client/environment.ts'
import { Looks } from '#parley/client/looks.ts'
import { beforeAll, byOrder, orderBefore } from '#parley/client/outbox-order.ts'
import { OutboxDisk } from '#parley/client/outbox-disk.ts'
import { OutboxSender } from '#parley/client/outbox-sender.ts'
import { failureCode, fromStored, isOversize } from '#parley/client/stored-ops.ts'
import type { ClientTiming } from '#parley/client/timing.ts'
import type { FailureCode, NoticeCode } from '#parley/client/types.ts'
import type { Op } from '#parley/shared/protocol/index.ts'

/**
 * Where one op stands in this tab. Whatever its status, an op leaves the outbox only when the server says that it is committed, or
 * when the user discards it.
 * ```
 *  storing ──on disk, or not keepable──► queued ──handed to a live socket──► sending ──ack, event, page──► (gone)
 *                                          ▲ ▲ └──────── link lost ─────────────┘│
 *                                          │ └──────────── retry ──── failed ◄───┘ reject, 1009 alone, too long
 * ```
 */
export type EntryStatus
  = | { name: 'storing' }
    /** Another tab's op waits until `notBefore` (monotonic ms), so that usually only its own tab sends it. */
    | { name: 'queued', notBefore: number }
    | { name: 'sending', since: number }
    | { name: 'failed', code: FailureCode }

export interface OutboxEntry {
  readonly op: Op
  readonly madeAt: number
  /** Common to all tabs; undefined until stored. What could not be stored keeps the order of the one before it. */
  readonly order: number | undefined
  /** Order within this tab, which decides where `order` does not. */
  readonly local: number
  /** Lies in the device storage, where other tabs see it too. */
  readonly kept: boolean
  readonly status: EntryStatus
}

export interface OutboxOptions {
  environment: Environment
  timing: ClientTiming
  account: string
  /** Hands encoded ops to the live socket. */
  send(encoded: readonly string[], alone: boolean): boolean
  /** An op is unanswered for too long (L2). */
  probe(): void
  changed(conversation: string): void
  notice(code: NoticeCode): void
  /** Other tabs should look into the shared storage, and drop the ops named. */
  tellTabs(discarded: readonly string[]): void
}

/**
 * The ops that this account made and the server has not confirmed. Each is on disk before the network sees it, so a crash after Send
 * loses nothing (F37); each is sent in its order and again on every new connection until settled (S6); doubles are harmless by cid (S3).
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #disk: OutboxDisk
  readonly #sender: OutboxSender
  #entries: OutboxEntry[] = []
  #local = 0
  #lastOrder: number | undefined
  readonly #looks = new Looks(grace => this.#look(grace))

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#disk = new OutboxDisk(options)
    this.#sender = new OutboxSender({
      environment: options.environment,
      timing: options.timing,
      send: options.send,
      probe: options.probe,
      entries: () => this.#entries,
      mark: (cid, status) => this.#mark(cid, status),
    })
  }

  /** Brings in what lies on the device: at start, on a hint of another tab, when a newer order shows that one was missed. */
  refresh(grace = 0): Promise<void> {
    return this.#looks.ask(grace)
  }

  /** Takes an op that the user just made. The promise settles when it is on disk or cannot be. */
  put(op: Op): Promise<void> {
    const failure: FailureCode | undefined = isOversize(op) ? 'too_long' : undefined
    const entry: OutboxEntry = { op, madeAt: this.#options.environment.now(), order: undefined, local: this.#local++, kept: false, status: { name: 'storing' } }
    this.#insert(entry)
    return this.#store(entry, failure)
  }

  /** A new connection was welcomed: everything unconfirmed goes out again, in order, before anything newer (S6). */
  connected(): void {
    this.#sender.connected()
  }

  disconnected(oversize: boolean): void {
    const tooLong = this.#sender.disconnected(oversize)
    if (tooLong !== undefined) this.reject(tooLong, 'too_long')
  }

  /** The server has it: by ack, event or page, whichever came first (R7). Undefined when it is not, or no longer, here. */
  settle(cid: string): OutboxEntry | undefined {
    this.#disk.settled.know(cid)
    const entry = this.entry(cid)
    if (entry === undefined) return undefined
    this.#remove(entry)
    this.#disk.settled.add(cid)
    this.#sender.pump()
    return entry
  }

  /** Rows that an earlier page kept on this device: the log holds their ops, whatever else is left of them on the disk. */
  committed(cids: Iterable<string>): void {
    for (const cid of cids) this.settle(cid) // a page that comes to sight may have looked at the disk before
  }

  /** The history of the server is another one (W4): what is found on the disk from now on is sent into it. */
  forgetLogs(): void {
    this.#disk.settled.forget()
  }

  /** Final until the user acts (S4). */
  reject(cid: string, code: FailureCode): OutboxEntry | undefined {
    const entry = this.entry(cid)
    if (entry === undefined) return undefined
    this.#mark(cid, { name: 'failed', code })
    void this.#keepFailure(cid, code)
    this.#sender.pump()
    return this.entry(cid)
  }

  /** Puts a failed op back in its place, under the same cid. */
  retry(cid: string): void {
    const entry = this.entry(cid)
    if (entry?.status.name !== 'failed' || isOversize(entry.op)) return
    this.#mark(cid, { name: 'queued', notBefore: 0 })
    void this.#keepFailure(cid, undefined)
    this.#sender.pump()
  }

  /** Drops a failed op; one that may be on its way cannot be called back. */
  discard(cid: string): void {
    const entry = this.entry(cid)
    if (entry?.status.name !== 'failed') return
    this.#forget(entry)
    void this.#disk.remove([cid]).then(removed => removed && this.#options.tellTabs([cid]))
  }

  /** Another tab discarded these; what is under way here is left to its answer. */
  drop(cids: readonly string[]): void {
    for (const cid of cids) {
      const entry = this.entry(cid)
      if (entry?.status.name === 'failed' || entry?.status.name === 'queued') this.#forget(entry)
    }
  }

  entry(cid: string): OutboxEntry | undefined {
    return this.#entries.find(entry => entry.op.cid === cid)
  }

  /** In order. */
  entries(conversation: string): readonly OutboxEntry[] {
    return this.#entries.filter(entry => entry.op.conversation === conversation)
  }

  all(): readonly OutboxEntry[] {
    return this.#entries
  }

  /** Ops neither confirmed nor failed. */
  pending(): number {
    return this.#entries.reduce((count, entry) => entry.status.name === 'failed' ? count : count + 1, 0)
  }

  clear(): void {
    const gone = this.#entries
    this.#entries = []
    for (const conversation of new Set(gone.map(entry => entry.op.conversation))) this.#options.changed(conversation)
  }

  /** Site data were cleared (F43): what is still owed goes on the disk again. That numbers from the start; what is held is older (S6). */
  diskCleared(): void {
    this.#entries = beforeAll(this.#entries)
    this.#lastOrder = undefined
    void this.#disk.putBack(this.#entries.filter(({ status }) => status.name !== 'storing')).then(() => this.refresh())
  }

  dispose(): void {
    this.#sender.dispose()
  }

  async #look(grace: number): Promise<void> {
    const before = new Map(this.#entries.map(entry => [entry.op.cid, entry]))
    const stored = await this.#disk.ops()
    if (stored === undefined) return
    // Only a failed op can have been discarded elsewhere. One that merely vanished (cleared site data, F43) is still owed to the user.
    const present = new Set(stored.map(row => row.cid))
    this.drop([...before.values()].filter(({ op, kept, status }) => kept && status.name === 'failed' && !present.has(op.cid) && this.entry(op.cid)?.kept).map(({ op }) => op.cid))
    for (const row of stored) this.#adopt(row, grace, before.get(row.cid)?.status)
    this.#sender.pump()
  }

  async #store(entry: OutboxEntry, failure: FailureCode | undefined): Promise<void> {
    const { cid } = entry.op
    const order = await this.#disk.put(entry.op, entry.madeAt, failure, this.#entries.filter(({ kept, status }) => !kept && status.name !== 'storing'))
    if (order !== undefined) {
      // In its place before anything else is awaited: without an order it would sort behind the next op, which could then overtake it (S6).
      this.#replace(cid, current => ({ ...current, order }))
      // The order counts over all tabs: a leap means that one of theirs, made before this one, is not known here and must go first.
      if (this.#disk.durable && order !== (this.#lastOrder ?? Number.NaN) + 1) await this.refresh()
    }
    if (this.entry(cid) === undefined) {
      if (order !== undefined) void this.#disk.remove([cid])
      return
    }
    this.#replace(cid, current => ({
      ...current,
      kept: order !== undefined,
      order: order ?? orderBefore(this.#entries, current),
      status: failure === undefined ? { name: 'queued', notBefore: 0 } : { name: 'failed', code: failure },
    }))
    if (order !== undefined) this.#lastOrder = Math.max(this.#lastOrder ?? 0, order)
    this.#options.tellTabs([])
    this.#sender.pump()
  }

  /** @param before status of this op when the look at the disk began */
  #adopt(row: StoredOp, grace: number, before: EntryStatus | undefined): void {
    const known = this.entry(row.cid)
    const { settled } = this.#disk
    if (known?.status.name === 'storing') return
    // Left behind by a page that ended, or a disk that failed, between the answer and the deletion: shown again, it would stand there twice.
    if (settled.knows(row.cid) || (known === undefined && row.failure !== undefined && row.op.type === 'react')) return settled.add(row.cid)
    this.#lastOrder = Math.max(this.#lastOrder ?? 0, row.order)
    if (known && !known.kept) this.#replace(row.cid, entry => ({ ...entry, kept: true }))
    if (known === undefined) this.#take(row, grace)
    else if (known.status === before) this.#follow(row, known.status)
    else if (this.#disk.differs(row)) void this.refresh(grace) // something happened here meanwhile: only another look can tell what is newer
  }

  /** An op of another tab, or of a page that ended. */
  #take(row: StoredOp, grace: number): void {
    const op = fromStored(row)
    if (op === undefined) {
      this.#options.environment.warn('a stored op is damaged and was left out', { cid: row.cid })
      return
    }
    this.#disk.noted(row.cid, row.failure)
    const notBefore = grace === 0 ? 0 : this.#options.environment.monotonic() + grace
    const status: EntryStatus = row.failure === undefined ? { name: 'queued', notBefore } : { name: 'failed', code: failureCode(row.failure) }
    this.#insert({ op, madeAt: row.madeAt, order: row.order, local: this.#local++, kept: true, status })
  }

  /** Another tab had this op refused, or tried it again. */
  #follow(row: StoredOp, { name }: EntryStatus): void {
    if (!this.#disk.differs(row) || name === 'sending') return // what is under way here is left to its own answer
    this.#disk.noted(row.cid, row.failure)
    if (row.failure === undefined && name === 'failed') this.#mark(row.cid, { name: 'queued', notBefore: 0 })
    if (row.failure !== undefined && name === 'queued') this.#mark(row.cid, { name: 'failed', code: failureCode(row.failure) })
  }

  #insert(entry: OutboxEntry): void {
    this.#entries = [...this.#entries, entry].sort(byOrder)
    this.#options.changed(entry.op.conversation)
  }

  #replace(cid: string, change: (entry: OutboxEntry) => OutboxEntry): void {
    this.#entries = this.#entries.map(entry => entry.op.cid === cid ? change(entry) : entry).sort(byOrder)
    const conversation = this.entry(cid)?.op.conversation
    if (conversation !== undefined) this.#options.changed(conversation)
  }

  #mark(cid: string, status: EntryStatus): void {
    this.#replace(cid, entry => ({ ...entry, status }))
  }

  #remove(gone: OutboxEntry): void {
    this.#entries = this.#entries.filter(entry => entry.op.cid !== gone.op.cid)
    this.#options.changed(gone.op.conversation)
  }

  /** Discarded: not even a look that began before, or a disk that cannot delete it, brings it back. */
  #forget(entry: OutboxEntry): void {
    this.#disk.settled.know(entry.op.cid)
    this.#remove(entry)
  }

  async #keepFailure(cid: string, failure: FailureCode | undefined): Promise<void> {
    if (await this.#disk.keepFailure(cid, failure)) this.#options.tellTabs([])
  }
}
