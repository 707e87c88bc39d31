import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { kindOf, previewLimits } from '#parley/shared/attachments.ts'
import type { Attachment } from '#parley/shared/model.ts'
import type { AttachmentLimits } from '#parley/shared/http.ts'
import type { AttachmentStore } from '#parley/server/chat/attachment-port.ts'
import { Tally } from '#parley/server/chat/figures.ts'
import type { Clock, Log, Random, Store } from '#parley/server/chat/ports.ts'
import { factsOf, headBytes } from '#parley/server/attachments/file-facts.ts'
import { safeFileName } from '#parley/server/attachments/file-name.ts'
import type { FileStore } from '#parley/server/attachments/ports.ts'

export interface AttachmentsOptions {
  store: AttachmentStore & Pick<Store, 'unknownFiles'>
  files: FileStore
  clock: Clock
  random: Pick<Random, 'id'>
  log: Log
  /** Bytes of one file. */
  maxBytes: number
  /** Bytes of all files of one user; undefined = no limit. */
  quota: number | undefined
  /** Ms after which a file that no message holds is collected; a day by default. */
  orphanAge?: () => number
}

export interface Upload {
  name: string
  key?: string | undefined
  bytes: AsyncIterable<Uint8Array>
  /** Bytes of a smaller copy, as the uploader made it. */
  preview?: Uint8Array | undefined
}

export type UploadOutcome
  = | { ok: true, attachment: Attachment, duplicate: boolean }
    | { ok: false, code: 'file_too_large' | 'quota_exceeded' | 'too_many_uploads' }

/** What became of an upload. */
export type UploadFate = 'stored' | Extract<UploadOutcome, { ok: false }>['code']

/** A file that no message holds by then is collected: its sender may have been offline since the upload. */
const orphanAge = 24 * 3_600_000
/** Ms for which bytes without a record are left alone: they may be those of an upload that is just being recorded. */
const strayAge = 3_600_000
/** Bytes of deleted messages are gone after this (ms), and nobody can read them from the deletion on (O5). */
const sweepEvery = 60_000
/** Files erased in one go. */
const sweepBatch = 100
/** Name of a preview in the file store. */
export const previewId = (id: string): string => `${id}.preview`
/** The attachment to which a name in the file store belongs. */
const recordOf = (name: string): string => name.replace(/\.preview$/, '')
/** What canvases write. */
const previewTypes: ReadonlySet<string> = new Set(['image/webp', 'image/jpeg', 'image/png'])
/** Uploads of one user at a time: a page sends one after the other, some tabs and a bot beside it. */
const atOnce = 6

class TooLarge extends Error {}

/** Passes bytes on, counts them and keeps the first ones. */
function createMeter(limit: number) {
  const head: Uint8Array[] = []
  let size = 0
  let kept = 0
  return {
    async* pass(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of bytes) {
        size += chunk.length
        if (size > limit) throw new TooLarge()
        if (kept < headBytes) {
          head.push(chunk.subarray(0, headBytes - kept))
          kept += head.at(-1)!.length
        }
        yield chunk
      }
    },
    size: () => size,
    head: () => Buffer.concat(head),
  }
}

/** Takes files in and gives them out; everything about who may is the store's to say. */
export class Attachments {
  readonly uploads = new Tally<UploadFate>()
  readonly #options: AttachmentsOptions
  /** Bytes of all files that were stored. */
  #received = 0
  /** Uploads under way, by user. */
  readonly #uploading = new Map<string, number>()
  #cancelSweep: (() => void) | undefined

  constructor(options: AttachmentsOptions) {
    this.#options = options
  }

  get receivedBytes(): number {
    return this.#received
  }

  get maxBytes(): number {
    return this.#options.maxBytes
  }

  get quota(): number | undefined {
    return this.#options.quota
  }

  async limits(user: string): Promise<AttachmentLimits> {
    const { store, maxBytes, quota } = this.#options
    const used = await store.storedBytes(user)
    return { maxBytes, used, ...(quota === undefined ? {} : { quota }) }
  }

  /**
   * Takes a file in. Under a key that this user has used before nothing is read, and the answer is that of then: a client whose
   * connection broke at the last byte asks again without a second copy.
   *
   * @throws FileStoreFull, FileStoreUnavailable, StoreUnavailable; whatever `bytes` throws
   */
  async receive(user: string, upload: Upload): Promise<UploadOutcome> {
    const { store } = this.#options
    const known = upload.key === undefined ? undefined : await store.attachmentOfKey(user, upload.key)
    if (known) return { ok: true, attachment: known, duplicate: true }
    const running = this.#uploading.get(user) ?? 0
    if (running >= atOnce) return this.#counted({ ok: false, code: 'too_many_uploads' })
    this.#uploading.set(user, running + 1)
    try {
      return this.#counted(await this.#take(user, upload))
    }
    finally {
      const left = this.#uploading.get(user)! - 1
      if (left === 0) this.#uploading.delete(user)
      else this.#uploading.set(user, left)
    }
  }

  /** What is known of a file that this user may read. */
  find(user: string, id: string): Promise<Attachment | undefined> {
    return this.#options.store.attachmentFor(user, id)
  }

  /** The smaller copy of a picture. Undefined: there is none. @throws FileStoreUnavailable */
  async preview({ id }: Attachment): Promise<{ mime: string, bytes: Buffer } | undefined> {
    const stream = await this.#options.files.read(previewId(id))
    if (stream === undefined) return undefined
    const bytes = await buffer(stream)
    return { mime: (await factsOf(bytes)).mime, bytes }
  }

  get files(): Pick<FileStore, 'read'> {
    return this.#options.files
  }

  /** Erases the bytes that no message holds any more, now and every minute until {@link close}. */
  start(): void {
    this.#cancelSweep = this.#options.clock.timer(() => {
      void this.sweep().finally(() => this.#cancelSweep && this.start())
    }, sweepEvery)
  }

  /** @returns how many files are erased */
  async sweep(): Promise<number> {
    const { store, clock, log } = this.#options
    let erased = 0
    try {
      for (;;) {
        const ids = await store.filesToErase(clock.now(), sweepBatch)
        for (const id of ids) await this.#remove(id)
        if (ids.length > 0) await store.forgetErased(ids)
        erased += ids.length
        if (ids.length < sweepBatch) return erased
      }
    }
    catch (error) {
      // A store that takes no writes, or a disk that does not answer: the next round finds the same files.
      log.warn('files could not be erased', { error: String(error) })
      return erased
    }
  }

  /**
   * Erases what nothing will ever ask for: files that no message held in time, those of deleted messages, and bytes that a crash left
   * without a record. Safe beside uploads: what is being written is not listed, and what has just been written is too young.
   *
   * @returns how many files
   * @throws what the store or the place of the files throws
   */
  async collect(): Promise<number> {
    let erased = await this.sweep()
    for await (const id of this.strays()) {
      await this.#options.files.remove(id)
      erased++
    }
    return erased
  }

  /** Names in the file store of bytes without a record that are old enough to be nobody's. */
  async* strays(): AsyncGenerator<string> {
    const { store, files, clock } = this.#options
    let old: string[] = []
    const unrecorded = async (): Promise<string[]> => {
      const unknown = new Set(await store.unknownFiles(old.map(recordOf)))
      const strays = old.filter(id => unknown.has(recordOf(id)))
      old = []
      return strays
    }
    for await (const { id, at } of files.list()) {
      if (clock.now() - at > strayAge) old.push(id)
      if (old.length === sweepBatch) yield* await unrecorded()
    }
    yield* await unrecorded()
  }

  close(): void {
    this.#cancelSweep?.()
    this.#cancelSweep = undefined
  }

  #counted(outcome: UploadOutcome): UploadOutcome {
    this.uploads.add(outcome.ok ? 'stored' : outcome.code)
    if (outcome.ok) this.#received += outcome.attachment.size
    return outcome
  }

  async #take(user: string, { name, key, bytes, preview }: Upload): Promise<UploadOutcome> {
    const { store, files, clock, random, maxBytes, quota } = this.#options
    const keep = this.#options.orphanAge?.() ?? orphanAge
    const room = quota === undefined ? Infinity : quota - await store.storedBytes(user)
    const meter = createMeter(Math.min(maxBytes, Math.max(0, room)))
    const id = random.id()
    try {
      await files.write(id, meter.pass(bytes))
    }
    catch (error) {
      if (!(error instanceof TooLarge)) throw error
      return { ok: false, code: meter.size() > maxBytes ? 'file_too_large' : 'quota_exceeded' }
    }
    const attachment: Attachment = { id, name: safeFileName(name), size: meter.size(), ...await factsOf(meter.head()) }
    const added = await this.#add({ attachment, uploader: user, at: clock.now(), expiresAt: clock.now() + keep, ...(key === undefined ? {} : { key }), ...(quota === undefined ? {} : { quota }) })
    // The same key in two tabs at once, or a quota that another upload has used up meanwhile.
    if (!added.ok || added.duplicate) await files.remove(id)
    else if (preview !== undefined && kindOf(attachment.mime) === 'image') await this.#addPreview(id, preview)
    return added
  }

  /** What is no small picture is passed over: the timeline then shows the file itself. */
  async #addPreview(id: string, preview: Uint8Array): Promise<void> {
    const { mime, width = 0, height = 0 } = await factsOf(preview)
    if (preview.length > previewLimits.bytes || !previewTypes.has(mime) || Math.max(width, height) > previewLimits.side) return
    try {
      await this.#options.files.write(previewId(id), Readable.from([preview], { objectMode: false }))
    }
    catch (error) {
      this.#options.log.warn('a preview could not be stored', { error: String(error) })
    }
  }

  async #remove(id: string): Promise<void> {
    await this.#options.files.remove(previewId(id))
    await this.#options.files.remove(id)
  }

  async #add(request: Parameters<AttachmentStore['addAttachment']>[0]): ReturnType<AttachmentStore['addAttachment']> {
    try {
      return await this.#options.store.addAttachment(request)
    }
    catch (error) {
      await this.#options.files.remove(request.attachment.id)
      throw error
    }
  }
}
