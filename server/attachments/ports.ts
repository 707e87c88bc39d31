import type { Readable } from 'node:stream'

/** Bytes `from` to `to`, both included. */
export interface ByteRange { from: number, to: number }

/** There is no room for the file. */
export class FileStoreFull extends Error {
  constructor() {
    super('the file store is full')
    this.name = 'FileStoreFull'
  }
}

/** The place of the files does not answer, or refuses; it may do better later. */
export class FileStoreUnavailable extends Error {
  /** @param cause for the log: never holds a secret or a header (A6) */
  constructor(cause: string) {
    super(`the file store is unavailable: ${cause}`)
    this.name = 'FileStoreUnavailable'
  }
}

/** What the file store knows of a file. `at`: when it came, ms since 1970. */
export interface StoredFile { id: string, at: number }

/** Where the bytes of files lie. Ids are the server's own. */
export interface FileStore {
  /**
   * Takes a file in, whole or not at all; it is there for good when this resolves. Never holds more than a few chunks in memory.
   *
   * @throws FileStoreFull, FileStoreUnavailable; whatever `bytes` throws
   */
  write(id: string, bytes: AsyncIterable<Uint8Array>): Promise<void>
  /**
   * Undefined: no such file. Whoever gets the stream destroys it.
   *
   * @throws FileStoreUnavailable
   */
  read(id: string, range?: ByteRange): Promise<Readable | undefined>
  /** No such file is fine. @throws FileStoreUnavailable */
  remove(id: string): Promise<void>
  /** Every file there is, in any order; what is being written is none yet. @throws FileStoreUnavailable */
  list(): AsyncIterable<StoredFile>
}
