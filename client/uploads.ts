import type { OutboxEntry } from '#parley/client/outbox.ts'
import type { DraftFiles, DraftFilesOptions } from '#parley/client/draft-files.ts'
import type { UploadQueue, UploadQueueOptions } from '#parley/client/upload-queue.ts'
import type { DraftFile, DraftTray, OutgoingFile, UploadOptions, UploadView } from '#parley/client/types.ts'

/** The start of the keys of the records of {@link UploadQueue} and {@link DraftFiles}. */
const prefix = 'upload:'

/** The door to the uploads of an account, and to files that were picked and not sent. What is behind it is loaded with the first file: most pages never send one. */
export class Uploads {
  readonly #options: UploadQueueOptions & DraftFilesOptions
  #queue: UploadQueue | undefined
  #drafts: DraftFiles | undefined
  #opening: Promise<{ queue: UploadQueue, drafts: DraftFiles }> | undefined
  #online = false

  constructor(options: UploadQueueOptions & DraftFilesOptions) {
    this.#options = options
  }

  /** Takes up what an earlier page, or another tab, left on the device. */
  async look(): Promise<void> {
    const { environment, account } = this.#options
    try {
      const marks = { queue: this.#queue?.writes.mark ?? 0, drafts: this.#drafts?.writes.mark ?? 0 }
      const kept = await environment.storage.values(account, prefix)
      if (kept.length === 0 && this.#queue === undefined) return
      const { queue, drafts } = await this.#open()
      const values = kept.map(({ value }) => value)
      drafts.adopt(values, marks.drafts)
      queue.adopt(values, marks.queue)
    }
    catch (error) {
      environment.warn('uploads that this device kept could not be read', error)
    }
  }

  /** The row is there when this resolves, and the file on the device's disk, or told not to be. */
  async add(cid: string, conversation: string, file: OutgoingFile, options: UploadOptions): Promise<void> {
    await (await this.#open()).queue.add(cid, conversation, file, options)
  }

  draft(conversation: string): readonly DraftFile[] {
    return this.#drafts?.of(conversation) ?? []
  }

  async tray(): Promise<DraftTray> {
    return (await this.#open()).drafts
  }

  /** Messages that wait for their files, as rows show them; they come after all that is in the outbox. */
  entries(conversation: string): readonly OutboxEntry[] {
    return this.#queue?.entries(conversation) ?? []
  }

  view(cid: string): UploadView | undefined {
    return this.#queue?.view(cid)
  }

  /** Neither uploaded nor failed. */
  pending(): number {
    return this.#queue?.pending() ?? 0
  }

  /** @returns whether it was an upload's to try again */
  retry(cid: string): boolean {
    return this.#queue?.retry(cid) ?? false
  }

  /** Takes back a message whose file is not there yet. @returns whether it was one */
  cancel(cid: string): boolean {
    return this.#queue?.cancel(cid) ?? false
  }

  /** The log holds this message, which the outbox here does not know. */
  committed(cid: string): void {
    this.#queue?.committed(cid)
  }

  connected(): void {
    this.#online = true
    this.#queue?.connected()
  }

  disconnected(): void {
    this.#online = false
    this.#queue?.disconnected()
  }

  outboxChanged(conversation: string): void {
    this.#queue?.outboxChanged(conversation)
  }

  clear(): void {
    this.#drafts?.clear()
    this.#queue?.clear()
  }

  dispose(): void {
    this.#queue?.dispose()
  }

  #open(): Promise<{ queue: UploadQueue, drafts: DraftFiles }> {
    this.#opening ??= this.#load()
    return this.#opening
  }

  async #load(): Promise<{ queue: UploadQueue, drafts: DraftFiles }> {
    try {
      const [{ UploadQueue }, { DraftFiles }] = await Promise.all([import('#parley/client/upload-queue.ts'), import('#parley/client/draft-files.ts')])
      const queue = new UploadQueue(this.#options)
      this.#drafts = new DraftFiles(this.#options, queue)
      this.#queue = queue
      if (this.#online) this.#queue.connected()
      return { queue, drafts: this.#drafts }
    }
    catch (error) {
      this.#opening = undefined // offline, and never loaded before: the next file tries again
      throw error
    }
  }
}
