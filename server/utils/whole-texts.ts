import { isUtf8 } from 'node:buffer'

/** What the `ws` package keeps of a stream of frames; these are its names. */
export interface FrameReceiver {
  /** 0: the next byte begins a frame. */
  readonly _state: number
  /** Bytes that wait for the rest of a frame. */
  readonly _bufferedBytes: number
  /** Opcode of a message whose last fragment has not come; 0: none. */
  readonly _fragmented: number
  /** Most bytes of a message. */
  readonly _maxPayload: number
  write(chunk: Buffer): boolean
}

/** First byte: FIN and opcode 1. */
const wholeText = 0x81
/** Second byte: masked, and a length in 7 bits, or this and 16 bits. */
const masked = 0x80
const longer = 126

/** Where the payload of a whole, masked text frame lies, its key before it; undefined: the frame is another, or not all there. */
function locate(chunk: Buffer, at: number): { start: number, end: number } | undefined {
  const second = at + 6 <= chunk.length && chunk[at] === wholeText ? chunk[at + 1]! - masked : 0
  if (second <= 0 || second > longer) return undefined
  const start = second === longer ? at + 8 : at + 6
  const end = start + (second === longer ? chunk.readUInt16BE(at + 2) : second)
  return end <= chunk.length ? { start, end } : undefined
}

/** Unmasks, or masks again. @returns all bytes or-ed together: below 128 where all are ASCII */
function unmask(chunk: Buffer, start: number, end: number): number {
  let bits = 0
  for (let at = start, key = start - 4, turn = 0; at < end; at++, turn = (turn + 1) & 3) bits |= chunk[at]! ^= chunk[key + turn]!
  return bits
}

/** The text; undefined where it is no UTF-8, and then the chunk is as it was. */
function textOf(chunk: Buffer, start: number, end: number): string | undefined {
  if (unmask(chunk, start, end) < 0x80) return chunk.toString('latin1', start, end)
  if (isUtf8(chunk.subarray(start, end))) return chunk.toString('utf8', start, end)
  unmask(chunk, start, end)
  return undefined
}

/**
 * Takes whole text messages out of what a receiver is given, and hands it all else: fragments, parts of frames, other frames, frames that
 * break a rule. Nearly every message of a client comes as one frame in one read, and the receiver's way, a stream with four views for each
 * frame, costs more than carrying out what the message asks for.
 */
export function takeWholeTexts(receiver: FrameReceiver, onText: (text: string) => void): void {
  const write = receiver.write
  receiver.write = (chunk) => {
    let at = 0
    while (at < chunk.length && receiver._state === 0 && receiver._bufferedBytes === 0 && receiver._fragmented === 0) {
      const place = locate(chunk, at)
      const text = place && textOf(chunk, place.start, place.end)
      if (place === undefined || text === undefined) break
      onText(text)
      at = place.end
    }
    return at === chunk.length || write.call(receiver, at === 0 ? chunk : chunk.subarray(at))
  }
}
