import { encodeFrame, limits, utf8Length } from '#parley/shared/protocol/index.ts'
import type { ServerFrame } from '#parley/shared/protocol/index.ts'
import type { WireMessage } from '#parley/server/chat/ports.ts'

/** A message, which the first socket that gets it makes into a frame for all. */
export class TextMessage implements WireMessage {
  readonly text: string
  readonly bytes: number
  frame: Uint8Array | undefined = undefined

  /** @param bytes UTF-8 bytes of `text` */
  constructor(text: string, bytes = utf8Length(text)) {
    this.text = text
    this.bytes = bytes
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
  #message: WireMessage | undefined

  constructor(text: string, bytes: number, count: number) {
    this.text = text
    this.bytes = bytes
    this.count = count
  }

  /** These frames as one message (T3), the same one for all that get them. */
  get message(): WireMessage {
    this.#message ??= this.count === 1 ? new TextMessage(this.text, this.bytes) : new TextMessage(`[${this.text}]`, this.bytes + 2)
    return this.#message
  }
}

export function encoded(frame: ServerFrame): EncodedFrames {
  const text = encodeFrame(frame)
  return new EncodedFrames(text, utf8Length(text), 1)
}

/** Two as one; the caller keeps to the limits of a message. */
export const joined = (first: EncodedFrames, second: EncodedFrames): EncodedFrames =>
  new EncodedFrames(`${first.text},${second.text}`, first.bytes + second.bytes + 1, first.count + second.count)

/**
 * Packs frames into as few messages as the limits allow, in their order (T3, T4). What exceeds the limits by itself goes alone, and what
 * goes alone is the same message for all that get it.
 *
 * @param parts at least one
 */
export function packMessages(parts: readonly EncodedFrames[]): WireMessage[] {
  const messages: WireMessage[] = []
  let batch = parts[0]!
  for (let at = 1; at < parts.length; at++) {
    const part = parts[at]!
    // Two brackets and a comma.
    if (batch.count + part.count > limits.framesPerMessage || batch.bytes + part.bytes + 3 > limits.serverMessageBytes) {
      messages.push(batch.message)
      batch = part
    }
    else {
      batch = joined(batch, part)
    }
  }
  messages.push(batch.message)
  return messages
}
