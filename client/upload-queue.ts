import type { Environment, StoredValue } from '#parley/client/environment.ts'
import type { Outbox, OutboxEntry } from '#parley/client/outbox.ts'
import type { OutgoingFile, UploadOptions, UploadView } from '#parley/client/types.ts'
import { entryOf, WritesInHand } from '#parley/client/upload-item.ts'
import type { UploadItem } from '#parley/client/upload-item.ts'
import { byAge, contentAfter, isUploadRecord, newUpload, uploadKey, uploadPrefix } from '#parley/client/upload-record.ts'
import type { UploadRecord } from '#parley/client/upload-record.ts'
import { UploadRun } from '#parley/client/upload-run.ts'
import type { Attachment } from '#parley/shared/model.ts'

export interface UploadQueueOptions {
  environment: Environment
  account: string
  outbox: Outbox
  newCid(): string
  /** Whether the rows of its conversation have this message, from the log. */
  shows(record: UploadRecord): boolean
  /** Rows of a conversation changed. */
  changed(conversation: string): void
  progressed(cid: string): void
  tellTabs(): void
}

/**
 * Files on their way to the server, oldest first, one at a time. A message enters the outbox when its file is there: until then what is
 * written meanwhile goes before it (U-P10), and from then on the outbox keeps its order (S6).
 *
 * ```
 *  waiting ──its turn──► uploading ──answered──► sent (its message is in the outbox) ──settled──► (gone)
 *     ▲  ▲ └─────── no answer ─────┘ │                │
 *     │  └───────── retry ── failed ◄┘ refused        │ attachment_missing: under a new cid
 *     └───────────────────────────────────────────────┘
 * ```
 */
export class UploadQueue {
  readonly #options: UploadQueueOptions
  readonly #run: UploadRun
  #items: UploadItem[] = []
  readonly writes = new WritesInHand()
  #checking = false

  constructor(options: UploadQueueOptions) {
    this.#options = options
    this.#run = new UploadRun({
      environment: options.environment,
      name: `parley-uploads:${options.account}`,
      next: () => this.#items.find(({ record }) => record.phase === 'waiting' && record.failure === undefined)?.record,
      refresh: () => this.#look(),
      progress: (cid, sent) => this.#progress(cid, sent),
      answered: (cid, attachment) => this.#answered(cid, attachment),
      refused: (cid, failure) => this.#change(cid, record => ({ ...record, failure })),
    })
  }

  /**
   * Files that were a draft: on the disk together with what lies beside them, all or nothing (U-P6).
   *
   * @returns whether the disk took them, and when they are safe: now, or when their messages are in the outbox or taken back
   */
  async take(records: readonly UploadRecord[], beside: StoredValue): Promise<{ kept: boolean, safe: Promise<unknown> }> {
    const { environment, account } = this.#options
    for (const record of records) {
      this.#insert(record, false)
      this.writes.begin(record.cid)
    }
    let safe: Promise<unknown> | undefined
    try {
      await environment.storage.putConversations([], [...records.map(record => ({ account, key: uploadKey(record.cid), value: record })), beside])
      for (const { cid } of records) if (this.#item(cid) !== undefined) this.#item(cid)!.kept = true
    }
    catch (error) {
      environment.warn('uploads could not be kept on this device', error)
      safe = Promise.all(records.map(({ cid }) => new Promise<void>((resolve) => {
        const item = this.#item(cid)
        if (item === undefined) resolve()
        else item.freed = resolve
      })))
    }
    for (const { cid } of records) this.#endWrite(cid)
    // Taken back while they were being written.
    for (const { cid } of records) if (this.#item(cid) === undefined) this.#erase(cid)
    this.#run.wake()
    return { kept: safe === undefined, safe: Promise.resolve(safe) }
  }

  async add(cid: string, conversation: string, file: OutgoingFile, options: UploadOptions): Promise<void> {
    const madeAt = this.#options.environment.now()
    const order = this.#items.reduce((most, { record }) => Math.max(most, record.order), 0) + 1
    this.#insert(newUpload({ cid, conversation, madeAt, order }, file, options), false)
    await this.#keep(cid)
    this.#run.wake()
  }

  /** What lies on the device, as it was read since that mark. */
  adopt(values: readonly unknown[], mark: number): void {
    const stored = values.filter(isUploadRecord)
    const present = new Set(stored.map(({ cid }) => cid))
    for (const { record, kept } of this.#items) if (kept && !present.has(record.cid) && !this.writes.since(record.cid, mark)) this.#remove(record.cid)
    for (const record of stored) if (!this.writes.since(record.cid, mark)) this.#follow(record)
    this.#run.wake()
    this.#checkSent()
  }

  entries(conversation: string): readonly OutboxEntry[] {
    return this.#items.filter(({ record }) => record.conversation === conversation && record.phase === 'waiting').map(({ entry }) => entry)
  }

  view(cid: string): UploadView | undefined {
    const item = this.#item(cid)
    if (item === undefined) return undefined
    const { file, phase, failure } = item.record
    if (phase === 'sent') return { file, state: { name: 'uploaded' } }
    if (failure !== undefined) return { file, state: { name: 'failed', code: failure } }
    return { file, state: item.sent === undefined ? { name: 'waiting' } : { name: 'uploading', sent: item.sent, size: file.size } }
  }

  pending(): number {
    return this.#items.filter(({ record }) => record.phase === 'waiting' && record.failure === undefined).length
  }

  retry(cid: string): boolean {
    const record = this.#item(cid)?.record
    if (record === undefined || record.phase === 'sent') return false
    if (record.failure !== undefined) this.#change(cid, ({ failure: _mended, ...rest }) => rest)
    this.#run.wake()
    return true
  }

  cancel(cid: string): boolean {
    const item = this.#item(cid)
    if (item === undefined || item.record.phase === 'sent') return false
    this.#drop(cid)
    return true
  }

  /** Another tab, or a page that ended, has sent it: uploaded and sent once more, it would stand there twice until that is answered. */
  committed(cid: string): void {
    if (this.#item(cid)?.record.phase === 'waiting') this.#drop(cid)
  }

  connected(): void {
    this.#run.connected()
    this.#checkSent()
  }

  disconnected(): void {
    this.#run.disconnected()
  }

  outboxChanged(conversation: string): void {
    if (this.#items.some(({ record }) => record.phase === 'sent' && record.conversation === conversation)) this.#checkSent()
  }

  /** Everything of this account leaves this page. */
  clear(): void {
    for (const { record } of [...this.#items]) this.#remove(record.cid)
  }

  dispose(): void {
    this.#run.dispose()
  }

  #item(cid: string): UploadItem | undefined {
    return this.#items.find(({ record }) => record.cid === cid)
  }

  #insert(record: UploadRecord, kept: boolean): void {
    this.#items = [...this.#items, { record, entry: entryOf(record), kept, sent: undefined, again: false }].sort((a, b) => byAge(a.record, b.record))
    this.#options.changed(record.conversation)
  }

  #remove(cid: string): void {
    const item = this.#item(cid)
    if (item === undefined) return
    this.#items = this.#items.filter(other => other !== item)
    this.#run.abort(cid)
    item.freed?.()
    this.#options.changed(item.record.conversation)
  }

  /** Away from this page and from the device. */
  #drop(cid: string): void {
    const item = this.#item(cid)
    this.#remove(cid)
    if (item !== undefined) this.#erase(cid)
  }

  #erase(cid: string): void {
    void this.#write(cid, () => this.#options.environment.storage.deleteValue(this.#options.account, uploadKey(cid)))
  }

  #change(cid: string, change: (record: UploadRecord) => UploadRecord): void {
    const item = this.#item(cid)
    if (item === undefined) return
    item.record = change(item.record)
    item.entry = entryOf(item.record)
    item.sent = undefined
    this.#options.changed(item.record.conversation)
    void this.#keep(cid)
  }

  #progress(cid: string, sent: number | undefined): void {
    const item = this.#item(cid)
    if (item === undefined) return
    item.sent = sent
    this.#options.progressed(cid)
  }

  /** In one go, so that no row is ever there twice or not at all. */
  async #answered(cid: string, attachment: Attachment): Promise<void> {
    const item = this.#item(cid)
    const { outbox } = this.#options
    if (item === undefined || item.record.phase === 'sent') return
    const { conversation, replyTo } = item.record
    item.record = { ...item.record, phase: 'sent' }
    item.sent = undefined
    const known = outbox.entry(cid) !== undefined // another tab has uploaded it too
    const stored = known ? undefined : outbox.put({ type: 'send', cid, conversation, content: contentAfter(item.record, attachment), ...(replyTo === undefined ? {} : { replyTo }) })
    this.#options.changed(conversation)
    await stored
    item.freed?.()
    // Not before its op is on the disk: a page that ends in between uploads again, under the same key, and sends under the same cid.
    await this.#keep(cid)
    this.#checkSent()
  }

  /** Another tab, or a page that ended, has something to say of this upload. */
  #follow(record: UploadRecord): void {
    const item = this.#item(record.cid)
    if (item === undefined) return this.#options.shows(record) ? this.#erase(record.cid) : this.#insert(record, true)
    item.kept = true
    if (item.record.phase === record.phase && item.record.failure === record.failure) return
    if (item.record.phase === 'sent') return
    if (item.sent !== undefined && record.phase === 'waiting') return // it is on its way here, and its own answer tells
    item.record = record
    item.entry = entryOf(record)
    if (record.phase === 'sent') this.#run.abort(record.cid)
    this.#options.changed(record.conversation)
  }

  /** Soon, and not within the outbox's own change: looks what became of the messages whose files are there. */
  #checkSent(): void {
    if (this.#checking) return
    this.#checking = true
    queueMicrotask(() => {
      this.#checking = false
      for (const { record, again } of [...this.#items]) if (record.phase === 'sent' && !this.writes.has(record.cid)) this.#settle(record, again)
    })
  }

  #settle(record: UploadRecord, again: boolean): void {
    const { outbox, newCid } = this.#options
    const entry = outbox.entry(record.cid)
    if (entry === undefined) return this.#drop(record.cid)
    if (again || entry.status.name !== 'failed' || entry.status.code !== 'attachment_missing') return
    // Longer under way than the server keeps what no message holds. A refused cid is done with (S4), so it is another message.
    const next: UploadRecord = { ...record, cid: newCid(), phase: 'waiting' }
    this.#insert(next, false)
    this.#item(next.cid)!.again = true
    void this.#keep(next.cid).then(() => this.#run.wake())
    outbox.discard(record.cid)
    this.#drop(record.cid)
  }

  async #keep(cid: string): Promise<void> {
    const { environment, account } = this.#options
    const item = this.#item(cid)
    if (item === undefined) return
    await this.#write(cid, () => environment.storage.putValue(account, uploadKey(cid), item.record).then(() => {
      item.kept = true
    }))
    // Taken back while it was being written.
    if (this.#item(cid) === undefined) await this.#write(cid, () => environment.storage.deleteValue(account, uploadKey(cid)))
  }

  async #write(cid: string, work: () => Promise<void>): Promise<void> {
    this.writes.begin(cid)
    try {
      await work()
    }
    catch (error) {
      // It goes on in memory; only a reload would lose it, and the outbox has told that of this device already or will.
      this.#options.environment.warn('an upload could not be kept on this device', error)
    }
    this.#endWrite(cid)
  }

  #endWrite(cid: string): void {
    this.writes.end(cid)
    this.#options.tellTabs()
  }

  /** What other tabs did while this one waited for its turn. */
  async #look(): Promise<void> {
    const { environment, account } = this.#options
    const { mark } = this.writes
    const kept = await environment.storage.values(account, uploadPrefix)
    this.adopt(kept.map(({ value }) => value), mark)
  }
}
