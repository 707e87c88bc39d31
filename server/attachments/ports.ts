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

/** Where the bytes of files lie. Ids are the server's own. */
export interface FileStore {
  /**
   * Takes a file in, whole or not at all; it is there for good when this resolves. Never holds more than a few chunks in memory.
   *
   * @throws FileStoreFull; whatever `bytes` throws
   */
  write(id: string, bytes: AsyncIterable<Uint8Array>): Promise<void>
  /** Undefined: no such file. Whoever gets the stream destroys it. */
  read(id: string, range?: ByteRange): Promise<Readable | undefined>
  /** No such file is fine. */
  remove(id: string): Promise<void>
}
