import { encodeFrame, limits, utf8Length } from '#parley/shared/protocol/index.ts'
import type { ServerFrame } from '#parley/shared/protocol/index.ts'
import type { WireMessage } from '#parley/server/chat/ports.ts'

const encoder = new TextEncoder()

/** A message, made into bytes when a socket first asks. */
export class TextMessage implements WireMessage {
  readonly text: string
  #utf8: Uint8Array | undefined

  constructor(text: string) {
    this.text = text
  }

  get utf8(): Uint8Array {
    this.#utf8 ??= encoder.encode(this.text)
    return this.#utf8
  }
}

/**
 * Frames as wire text, encoded once for all connections that get them. Serialising for each peer would make a message in a room of a
 * thousand cost a thousand times as much.
 */
export class EncodedFrames {
  /** The frames, with commas between them. */
  readonly text: string
  /** UTF-8 bytes of `text`. */
  readonly bytes: number
  /** At most `limits.framesPerMessage`. */
  readonly count: number
  #message: TextMessage | undefined

  constructor(text: string, bytes: number, count: number) {
    this.text = text
    this.bytes = bytes
    this.count = count
  }

  /** These frames as one message (T3), the same one for all that get them. */
  get message(): WireMessage {
    this.#message ??= new TextMessage(this.count === 1 ? this.text : `[${this.text}]`)
    return this.#message
  }
}

export function encoded(frame: ServerFrame): EncodedFrames {
  const text = encodeFrame(frame)
  return new EncodedFrames(text, utf8Length(text), 1)
}

/** Several as one; the caller keeps to the limits of a message. */
export function joined(parts: readonly EncodedFrames[]): EncodedFrames {
  if (parts.length === 1) return parts[0]!
  let bytes = parts.length - 1
  let count = 0
  for (const part of parts) {
    bytes += part.bytes
    count += part.count
  }
  return new EncodedFrames(parts.map(part => part.text).join(','), bytes, count)
}

/** Packs frames into as few messages as the limits allow, in their order (T3, T4). What exceeds the limits by itself goes alone. */
export function packMessages(parts: readonly EncodedFrames[]): WireMessage[] {
  if (parts.length === 1) return [parts[0]!.message]
  const messages: WireMessage[] = []
  let batch: EncodedFrames[] = []
  let bytes = 2
  let count = 0
  for (const part of parts) {
    if (batch.length > 0 && (count + part.count > limits.framesPerMessage || bytes + part.bytes + 1 > limits.serverMessageBytes)) {
      messages.push(joined(batch).message)
      batch = []
      bytes = 2
      count = 0
    }
    batch.push(part)
    bytes += part.bytes + 1
    count += part.count
  }
  if (batch.length > 0) messages.push(joined(batch).message)
  return messages
}
