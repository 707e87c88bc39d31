/** WebSocket framing for a client that knows what it sends and receives: short texts out, unfragmented texts in. */

/**
 * What stands before and after the cid of a text frame, as latin1: only the cid changes from message to message. The masking key is
 * zero, which is a legal key; a server unmasks all the same.
 *
 * @param bytes length of the whole payload
 */
export function frameHead(bytes: number): string {
  if (bytes > 0xFFFF) throw new RangeError('the load generator sends short messages only')
  return bytes < 126
    ? String.fromCharCode(0x81, 0x80 | bytes, 0, 0, 0, 0)
    : String.fromCharCode(0x81, 0xFE, bytes >>> 8, bytes & 0xFF, 0, 0, 0, 0)
}

/** A whole text frame of ASCII. */
export const textFrame = (text: string): string => frameHead(text.length) + text

/** Takes frames out of the bytes of a connection. */
export class FrameReader {
  #rest: Buffer | undefined

  /**
   * @param chunk may be reused by the caller afterwards
   * @param onFrame gets each complete frame; the buffer is valid during the call only
   * @throws Error the server sent something that only a broken or a compressing one sends
   */
  feed(chunk: Buffer, onFrame: (opcode: number, data: Buffer, start: number, end: number) => void): void {
    const data = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk
    this.#rest = undefined
    let at = 0
    while (data.length - at >= 2) {
      const first = data[at]!
      let length = data[at + 1]!
      let body = at + 2
      if (length === 126) {
        if (data.length - at < 4) break
        length = data.readUInt16BE(at + 2)
        body = at + 4
      }
      else if (length === 127) {
        if (data.length - at < 10) break
        length = Number(data.readBigUInt64BE(at + 2))
        body = at + 10
      }
      if (first < 0x80 || (first & 0x70) !== 0 || length > 2 ** 24) throw new Error(`unexpected frame header ${first}, ${length} bytes`)
      if (data.length < body + length) break
      onFrame(first & 0x0F, data, body, body + length)
      at = body + length
    }
    if (at < data.length) this.#rest = Buffer.from(data.subarray(at))
  }
}
