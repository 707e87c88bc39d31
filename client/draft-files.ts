import type { Drafts } from '#parley/client/drafts.ts'
import type { Environment } from '#parley/client/environment.ts'
import type { DraftFile, DraftTray, OutgoingFile, UploadOptions } from '#parley/client/types.ts'
import { WritesInHand } from '#parley/client/upload-item.ts'
import { byAge, isDraftFileRecord, uploadKey } from '#parley/client/upload-record.ts'
import type { UploadQueue } from '#parley/client/upload-queue.ts'
import type { DraftFileRecord, UploadRecord } from '#parley/client/upload-record.ts'

export interface DraftFilesOptions {
  environment: Environment
  account: string
  /** The cid of the message that will carry the file is made when it is picked: two tabs that send the same draft make one message of it (S3). */
  newCid(): string
  draftChanged(conversation: string): void
  tellTabs(): void
  /** The texts that files go with. */
  texts(): Pick<Drafts, 'hold' | 'settle' | 'stored'>
  /** Something is about to be sent there. */
  sending(conversation: string): void
}

interface Item {
  record: DraftFileRecord
  kept: DraftFile['kept']
  /** The last write of it. */
  written: Promise<void>
  /** As it is shown; the same object until something changes. */
  view: DraftFile
}

/** Bytes of all files of all drafts of an account that are kept on the device; a browser gives a site some gigabytes, and the cache needs them too. */
export const draftBudget = 256 * 1024 * 1024

function viewOf({ cid, file, name, kind, duration, alt }: DraftFileRecord, kept: DraftFile['kept']): DraftFile {
  return { cid, file, name, kind, kept, ...(duration === undefined ? {} : { duration }), ...(alt === undefined ? {} : { alt }) }
}

/**
 * Files that were picked and not sent (U-P6). Each lies on the device in the one record that later is its upload's: to send it is to change
 * the phase of that record, in the transaction that takes the text away, so there is no moment in which it is in neither place or in both.
 */
export class DraftFiles implements DraftTray {
  readonly #options: DraftFilesOptions
  readonly #queue: Pick<UploadQueue, 'take'>
  #items: Item[] = []
  /** Removed or sent here: what the disk still says of them is older. */
  readonly #gone = new Set<string>()
  #cleared = false
  readonly writes = new WritesInHand()

  constructor(options: DraftFilesOptions, queue: Pick<UploadQueue, 'take'>) {
    this.#options = options
    this.#queue = queue
  }

  of(conversation: string): readonly DraftFile[] {
    return this.#items.filter(({ record }) => record.conversation === conversation).map(({ view }) => view)
  }

  /** Shown when this returns. @returns its cid */
  add(conversation: string, { file, name, kind, duration, alt }: OutgoingFile): string {
    const { environment, newCid } = this.#options
    const record: DraftFileRecord = {
      cid: newCid(), conversation, madeAt: environment.now(), order: this.#items.reduce((most, item) => Math.max(most, item.record.order), 0) + 1, file, name, kind, phase: 'draft',
      ...(duration === undefined ? {} : { duration }), ...(alt === undefined ? {} : { alt }),
    }
    const held = this.#items.reduce((bytes, item) => item.kept === 'no' ? bytes : bytes + item.record.file.size, 0)
    const item = this.#insert(record, held + file.size > draftBudget ? 'no' : 'writing')
    if (item.kept === 'writing') this.#keep(item)
    return record.cid
  }

  describe(cid: string, alt: string | undefined): void {
    const item = this.#item(cid)
    if (item === undefined || item.record.alt === alt) return
    const { alt: _before, ...rest } = item.record
    item.record = alt === undefined ? rest : { ...rest, alt }
    this.#show(item, item.kept === 'no' ? 'no' : 'writing')
    if (item.kept === 'writing') this.#keep(item)
  }

  remove(cid: string): void {
    const item = this.#item(cid)
    if (item === undefined) return
    this.#drop(item)
    void item.written.then(() => this.#erase(cid))
  }

  async send(conversation: string, files: readonly { cid: string, facts: Promise<OutgoingFile> }[], { text, replyTo }: UploadOptions = {}): Promise<void> {
    const { environment, sending } = this.#options
    const texts = this.#options.texts()
    sending(conversation)
    const leaving = files.flatMap(({ cid, facts }) => {
      const item = this.#item(cid)
      return item === undefined ? [] : [{ item, facts }]
    })
    const leavingText = { conversation, text: text ?? '', replyTo, moving: false }
    texts.hold(leavingText)
    for (const { item } of leaving) this.#drop(item)
    const madeAt = environment.now()
    const records = await Promise.all(leaving.map(async ({ item, facts }, index): Promise<UploadRecord> => {
      const [{ name: _name, file: _file, ...found }] = await Promise.all([facts, item.written])
      const first = index > 0 ? {} : { ...(text === undefined ? {} : { text }), ...(replyTo === undefined ? {} : { replyTo }) }
      return { ...found, ...item.record, kind: found.kind, madeAt, phase: 'waiting', ...first }
    }))
    if (this.#cleared) return // logged out meanwhile: nothing is written back (X33)
    const { kept, safe } = await this.#queue.take(records, texts.stored(conversation, leavingText))
    if (!kept) await texts.settle(leavingText, false)
    await safe
    await texts.settle(leavingText, true)
  }

  /** What lies on the device, as it was read since that mark. */
  adopt(values: readonly unknown[], mark: number): void {
    const stored = new Map(values.filter(isDraftFileRecord).map(record => [record.cid, record]))
    for (const item of this.#items) if (item.kept === 'yes' && !stored.has(item.record.cid) && !this.writes.since(item.record.cid, mark)) this.#drop(item)
    for (const record of stored.values()) {
      const item = this.#item(record.cid)
      if (item === undefined && !this.#gone.has(record.cid)) this.#insert(record, 'yes')
      else if (item?.kept === 'yes' && item.record.alt !== record.alt && !this.writes.since(record.cid, mark)) {
        item.record = record
        this.#show(item, 'yes')
      }
    }
  }

  /** Everything of this account leaves this page. */
  clear(): void {
    this.#cleared = true
    for (const item of [...this.#items]) this.#drop(item)
  }

  #item(cid: string): Item | undefined {
    return this.#items.find(({ record }) => record.cid === cid)
  }

  #insert(record: DraftFileRecord, kept: DraftFile['kept']): Item {
    const item: Item = { record, kept, written: Promise.resolve(), view: viewOf(record, kept) }
    this.#items = [...this.#items, item].sort((a, b) => byAge(a.record, b.record))
    this.#options.draftChanged(record.conversation)
    return item
  }

  #drop(item: Item): void {
    this.#gone.add(item.record.cid)
    this.#items = this.#items.filter(other => other !== item)
    this.#options.draftChanged(item.record.conversation)
  }

  #show(item: Item, kept: DraftFile['kept']): void {
    item.kept = kept
    item.view = viewOf(item.record, kept)
    this.#options.draftChanged(item.record.conversation)
  }

  /** One write of a file after the other; what was taken back meanwhile is erased behind them. */
  #keep(item: Item): void {
    const { environment, account, tellTabs } = this.#options
    const { record } = item
    this.writes.begin(record.cid)
    item.written = item.written.then(async () => {
      try {
        await environment.storage.putValue(account, uploadKey(record.cid), record)
        if (item.record === record) this.#show(item, 'yes')
      }
      catch (error) {
        // The text is kept apart and is not touched; the file goes on in memory, and the tray says so.
        environment.warn('a file of a draft could not be kept on this device', error)
        if (item.record === record) this.#show(item, 'no')
      }
      this.writes.end(record.cid)
      tellTabs()
    })
  }

  async #erase(cid: string): Promise<void> {
    const { environment, account, tellTabs } = this.#options
    try {
      await environment.storage.deleteValue(account, uploadKey(cid))
    }
    catch (error) {
      environment.warn('a file of a draft could not be erased from this device', error)
    }
    tellTabs()
  }
}
