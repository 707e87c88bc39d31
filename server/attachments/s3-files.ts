import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { FileStoreFull, FileStoreUnavailable, type ByteRange, type FileStore, type StoredFile } from '#parley/server/attachments/ports.ts'
import { refusalCode, S3Bucket } from '#parley/server/attachments/s3-bucket.ts'
import type { S3Account, S3Request } from '#parley/server/attachments/s3-bucket.ts'
import { readListing } from '#parley/server/attachments/s3-listing.ts'
import { openSpool, type Spool } from '#parley/server/attachments/spool.ts'
import type { Clock, Log, Random } from '#parley/server/chat/ports.ts'

export interface S3FilesOptions {
  account: S3Account
  /** Put before every key; empty or ends with a slash. */
  prefix: string
  /** A folder of this machine for uploads on their way; emptied at the start. */
  spool: string
  clock: Pick<Clock, 'now' | 'timer'>
  random: Pick<Random, 'next'>
  log: Log
}

/**
 * Files as objects of an S3-compatible storage, under the names that they have on a disk (`<prefix>ab/abcdef…`), so that a plain copy
 * moves them.
 *
 * An upload is spooled to this machine's disk and sent from there with one PUT, rather than in parts while it arrives: its length and hash
 * are then known and signed, the storage checks them, an object is there whole or not at all, a try that failed is repeated from the first
 * byte, and no half upload is left there to be paid for. It costs disk for the uploads of the moment and sets a limit of 5 GiB a file.
 */
class S3Files implements FileStore {
  readonly #bucket: S3Bucket
  readonly #prefix: string
  readonly #incoming: Spool
  readonly #log: Log

  constructor({ account, prefix, clock, random, log }: S3FilesOptions, incoming: Spool) {
    this.#bucket = new S3Bucket(account, clock, random)
    this.#prefix = prefix
    this.#incoming = incoming
    this.#log = log
  }

  async write(id: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const body = await this.#incoming.take(bytes)
    const request: S3Request = { method: 'PUT', key: this.#keyOf(id), body }
    try {
      const answer = await this.#ask(request)
      if (answer.statusCode === 507) throw new FileStoreFull()
      if (answer.statusCode !== 200) await this.#refuse(request, answer)
      answer.resume()
    }
    catch (error) {
      // A try whose answer was lost may have arrived all the same. Nobody waits for it: the next upload has another id.
      void this.remove(id).catch(() => undefined)
      throw error
    }
    finally {
      await body.discard()
    }
  }

  async read(id: string, range?: ByteRange): Promise<Readable | undefined> {
    const request: S3Request = { method: 'GET', key: this.#keyOf(id), ...(range === undefined ? {} : { headers: { range: `bytes=${range.from}-${range.to}` } }) }
    const answer = await this.#ask(request)
    if (answer.statusCode === (range === undefined ? 200 : 206)) return answer
    if (answer.statusCode === 404) {
      const code = await refusalCode(answer)
      if (code === 'NoSuchKey') return undefined
      throw new FileStoreUnavailable(`GET answered with 404 ${code}`)
    }
    if (answer.statusCode === 200) answer.destroy() // it would be the whole film for each piece of it
    return this.#refuse(request, answer)
  }

  async remove(id: string): Promise<void> {
    const request: S3Request = { method: 'DELETE', key: this.#keyOf(id) }
    const answer = await this.#ask(request)
    const { statusCode = 0 } = answer
    if (statusCode >= 300 && !(statusCode === 404 && await refusalCode(answer) === 'NoSuchKey')) await this.#refuse(request, answer)
    answer.resume()
  }

  /** Objects under the names that this server gives; others in the bucket are none of its files. */
  async* list(): AsyncGenerator<StoredFile> {
    let token: string | undefined
    do {
      const request: S3Request = { method: 'GET', key: '', query: { 'list-type': '2', 'prefix': this.#prefix, ...(token === undefined ? {} : { 'continuation-token': token }) } }
      const answer = await this.#ask(request)
      if (answer.statusCode !== 200) await this.#refuse(request, answer)
      const page = readListing(await text(answer))
      for (const { key, at } of page.objects) {
        const id = key.slice(this.#prefix.length + 3)
        if (/^[\w-]+(?:\.preview)?$/.test(id) && key === this.#keyOf(id)) yield { id, at }
      }
      token = page.next
    } while (token !== undefined)
  }

  /** A wrong key or name is told at the start; a storage that is away for the moment must not keep the chat from starting. */
  async look(): Promise<void> {
    try {
      const answer = await this.#bucket.ask({ method: 'HEAD', key: '' })
      answer.resume()
      const { statusCode: status = 0 } = answer
      if (status >= 300) this.#log.error('the object storage refuses this server: check NUXT_S3_BUCKET, its region and keys', { status })
    }
    catch (error) {
      this.#log.error('the object storage does not answer: check NUXT_S3_ENDPOINT', { error: String(error) })
    }
  }

  #keyOf(id: string): string {
    return `${this.#prefix}${id.slice(0, 2)}/${id}`
  }

  async #ask(request: S3Request) {
    try {
      return await this.#bucket.ask(request)
    }
    catch (error) {
      this.#log.warn('the object storage does not answer', { error: String(error) })
      throw error
    }
  }

  async #refuse(request: S3Request, answer: IncomingMessage): Promise<never> {
    const error = await this.#bucket.refused(request, answer)
    this.#log.warn('the object storage refused', { error: String(error) })
    throw error
  }
}

/** Ready at once; whether the storage takes this server is told in the log. */
export async function openS3Files(options: S3FilesOptions): Promise<FileStore> {
  const files = new S3Files(options, await openSpool(options.spool))
  void files.look()
  return files
}
