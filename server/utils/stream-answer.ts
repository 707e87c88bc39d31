import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/**
 * Writes all of a stream as the rest of an answer; resolves when it is written, or when the reader has left. A pipe into an answer whose
 * reader has left before it began touches its source not at all: the file would stay open, until the collector finds it and ends the
 * process.
 */
export async function streamAnswer(bytes: Readable, response: Writable): Promise<void> {
  try {
    await pipeline(bytes, response)
  }
  catch {
    // Nobody is there to be told.
  }
  finally {
    bytes.destroy()
  }
}
