import type { OutboxEntry } from '#parley/client/outbox.ts'
import type { UploadQueue, UploadQueueOptions } from '#parley/client/upload-queue.ts'
import type { OutgoingFile, UploadOptions, UploadView } from '#parley/client/types.ts'

/** The start of the keys of {@link UploadQueue}'s records. */
const prefix = 'upload:'

/** The door to the uploads of an account. What is behind it is loaded with the first file: most pages never send one. */
export class Uploads {
  readonly #options: UploadQueueOptions
  #queue: UploadQueue | undefined
  #opening: Promise<UploadQueue> | undefined
  #online = false

  constructor(options: UploadQueueOptions) {
    this.#options = options
  }

  /** Takes up what an earlier page, or another tab, left on the device. */
  async look(): Promise<void> {
    const { environment, account } = this.#options
    try {
      const kept = await environment.storage.values(account, prefix)
      if (kept.length > 0 || this.#queue !== undefined) (await this.#open()).adopt(kept.map(({ value }) => value))
    }
    catch (error) {
      environment.warn('uploads that this device kept could not be read', error)
    }
  }

  /** The row is there when this resolves, and the file on the device's disk, or told not to be. */
  async add(cid: string, conversation: string, file: OutgoingFile, options: UploadOptions): Promise<void> {
    await (await this.#open()).add(cid, conversation, file, options)
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
    this.#queue?.clear()
  }

  dispose(): void {
    this.#queue?.dispose()
  }

  #open(): Promise<UploadQueue> {
    this.#opening ??= this.#load()
    return this.#opening
  }

  async #load(): Promise<UploadQueue> {
    try {
      const { UploadQueue } = await import('#parley/client/upload-queue.ts')
      this.#queue = new UploadQueue(this.#options)
      if (this.#online) this.#queue.connected()
      return this.#queue
    }
    catch (error) {
      this.#opening = undefined // offline, and never loaded before: the next file tries again
      throw error
    }
  }
}
