import type { ClientStorage, Environment, StoredOp } from '#parley/client/environment.ts'
import { DeviceStorageError } from '#parley/client/environment.ts'
import { OutboxSender } from '#parley/client/outbox-sender.ts'
import { SettledOps } from '#parley/client/settled-ops.ts'
import { failureCode, fromStored, isOversize, toStored } from '#parley/client/stored-ops.ts'
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
  /** Whether the log is known to hold this op: its row is there. */
  confirmed(conversation: string, cid: string): boolean
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
  readonly #storage: ClientStorage
  readonly #sender: OutboxSender
  #entries: OutboxEntry[] = []
  #local = 0
  #lastOrder: number | undefined
  readonly #settled: SettledOps
  /** Failed, and the device says so too: only there can another tab have retried one. */
  readonly #failedOnDisk = new Set<string>()
  #warned = new Set<NoticeCode>()

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#storage = options.environment.storage
    this.#settled = new SettledOps({ remove: cids => this.#storage.deleteOps(options.account, cids), failed: error => this.#storageFailed(error) })
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
  async refresh(grace = 0): Promise<void> {
    let stored: StoredOp[]
    const before = this.#entries.filter(entry => entry.kept && entry.status.name === 'failed').map(entry => entry.op.cid)
    const retriable = new Set(before.filter(cid => this.#failedOnDisk.has(cid)))
    try {
      stored = await this.#storage.ops(this.#options.account)
    }
    catch (error) {
      this.#storageFailed(error)
      return
    }
    // Only a failed op can have been discarded elsewhere. One that merely vanished (cleared site data, F43) is still owed to the user.
    const present = new Set(stored.map(row => row.cid))
    this.drop(before.filter(cid => !present.has(cid)))
    for (const row of stored) this.#adopt(row, grace, retriable)
    this.#sender.pump()
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

  /** The server has it: by ack, event or page, whichever came first (R7). Undefined when it is not, or no longer, ours. */
  settle(cid: string): OutboxEntry | undefined {
    const entry = this.entry(cid)
    if (entry === undefined) return undefined
    this.#remove(entry)
    this.#settled.add(cid)
    this.#sender.pump()
    return entry
  }

  /** Final until the user acts (S4). */
  reject(cid: string, code: FailureCode): OutboxEntry | undefined {
    const entry = this.entry(cid)
    if (entry === undefined) return undefined
    this.#mark(cid, { name: 'failed', code })
    this.#background(this.#keepFailure(cid, code))
    this.#sender.pump()
    return this.entry(cid)
  }

  /** Puts a failed op back in its place, under the same cid. */
  retry(cid: string): void {
    const entry = this.entry(cid)
    if (entry?.status.name !== 'failed' || isOversize(entry.op)) return
    this.#mark(cid, { name: 'queued', notBefore: 0 })
    this.#background(this.#keepFailure(cid, undefined))
    this.#sender.pump()
  }

  /** Drops a failed op; one that may be on its way cannot be called back. */
  discard(cid: string): void {
    const entry = this.entry(cid)
    if (entry?.status.name !== 'failed') return
    this.#remove(entry)
    this.#background(this.#storage.deleteOps(this.#options.account, [cid]).then(() => this.#options.tellTabs([cid])))
  }

  /** Another tab discarded these; what is under way here is left to its answer. */
  drop(cids: readonly string[]): void {
    for (const cid of cids) {
      const entry = this.entry(cid)
      if (entry?.status.name === 'failed' || entry?.status.name === 'queued') this.#remove(entry)
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

  dispose(): void {
    this.#sender.dispose()
  }

  async #store(entry: OutboxEntry, failure: FailureCode | undefined): Promise<void> {
    const { cid } = entry.op
    let order: number | undefined
    try {
      const stored = await this.#storage.putOp(toStored(this.#options.account, entry.op, entry.madeAt, failure))
      order = stored.order
      // In its place before anything else is awaited: without an order it would sort behind the next op, which could then overtake it (S6).
      this.#replace(cid, current => ({ ...current, order: stored.order }))
      // The order counts over all tabs: a leap means that one of theirs, made before this one, is not known here and must go first.
      if (this.#storage.durable && order !== (this.#lastOrder ?? Number.NaN) + 1) await this.refresh()
    }
    catch (error) {
      this.#storageFailed(error)
    }
    if (this.entry(cid) === undefined) {
      if (order !== undefined) this.#background(this.#storage.deleteOps(this.#options.account, [cid]))
      return
    }
    this.#replace(cid, current => ({
      ...current,
      kept: order !== undefined,
      order: order ?? this.#orderBefore(current),
      status: failure === undefined ? { name: 'queued', notBefore: 0 } : { name: 'failed', code: failure },
    }))
    if (order !== undefined && failure !== undefined) this.#failedOnDisk.add(cid)
    if (order !== undefined) this.#lastOrder = Math.max(this.#lastOrder ?? 0, order)
    this.#options.tellTabs([])
    this.#sender.pump()
  }

  /** The order of the op made before: what could not be stored takes its place behind it by `local`. */
  #orderBefore(entry: OutboxEntry): number {
    return this.#entries.reduce((order, other) => other.local < entry.local ? Math.max(order, other.order ?? 0) : order, 0)
  }

  #adopt(row: StoredOp, grace: number, retriable: ReadonlySet<string>): void {
    const known = this.entry(row.cid)
    if (known?.status.name === 'storing' || this.#settled.deleting(row.cid)) return
    // Left behind by a page that ended, or a disk that failed, between the ack and the deletion: shown again, it would stand there twice.
    if (this.#settled.stuck(row.cid) || (known === undefined && this.#options.confirmed(row.conversation, row.cid))) return this.#settled.add(row.cid)
    this.#lastOrder = Math.max(this.#lastOrder ?? 0, row.order)
    if (row.failure !== undefined) this.#failedOnDisk.add(row.cid)
    if (known === undefined) {
      const op = fromStored(row)
      if (op === undefined) {
        this.#options.environment.warn('a stored op is damaged and was left out', { cid: row.cid })
        return
      }
      const notBefore = grace === 0 ? 0 : this.#options.environment.monotonic() + grace
      const status: EntryStatus = row.failure === undefined ? { name: 'queued', notBefore } : { name: 'failed', code: failureCode(row.failure) }
      this.#insert({ op, madeAt: row.madeAt, order: row.order, local: this.#local++, kept: true, status })
    }
    else if (row.failure === undefined && known.status.name === 'failed' && retriable.has(row.cid)) this.#mark(row.cid, { name: 'queued', notBefore: 0 })
    else if (row.failure !== undefined && known.status.name === 'queued') this.#mark(row.cid, { name: 'failed', code: failureCode(row.failure) })
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

  async #keepFailure(cid: string, failure: FailureCode | undefined): Promise<void> {
    await this.#storage.updateOp(this.#options.account, cid, { failure })
    this.#failedOnDisk[failure === undefined ? 'delete' : 'add'](cid)
    this.#options.tellTabs([])
  }

  #background(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#storageFailed(error))
  }

  #storageFailed(error: unknown): void {
    const code: NoticeCode = error instanceof DeviceStorageError && error.reason === 'quota' ? 'device_storage_full' : 'device_storage_unavailable'
    this.#options.environment.warn('the outbox could not use the device storage', error)
    if (this.#warned.has(code)) return
    this.#warned.add(code)
    this.#options.notice(code)
  }
}

function byOrder(a: OutboxEntry, b: OutboxEntry): number {
  const difference = (a.order ?? Number.MAX_VALUE) - (b.order ?? Number.MAX_VALUE)
  return difference === 0 ? a.local - b.local : difference
}
