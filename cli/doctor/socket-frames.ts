import { randomBytes } from 'node:crypto'

/** One frame of RFC 6455 as a server sends it. */
export interface SocketFrame { opcode: number, payload: Buffer }

export const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const

/** Splits what has arrived into whole frames and the rest. */
export function readFrames(bytes: Buffer): { frames: SocketFrame[], rest: Buffer } {
  const frames: SocketFrame[] = []
  let at = 0
  while (bytes.length - at >= 2) {
    const short = bytes[at + 1]! & 0x7f
    const head = short === 126 ? 4 : short === 127 ? 10 : 2
    if (bytes.length - at < head) break
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short
    if (bytes.length - at < head + length) break
    frames.push({ opcode: bytes[at]! & 0x0f, payload: bytes.subarray(at + head, at + head + length) })
    at += head + length
  }
  return { frames, rest: bytes.subarray(at) }
}

/** A frame as a client sends it: whole, and masked. */
export function writeFrame(opcode: number, payload: Buffer): Buffer {
  const mask = randomBytes(4)
  const head = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10)
  head[0] = 0x80 | opcode
  head[1] = 0x80 | (payload.length < 126 ? payload.length : payload.length < 65_536 ? 126 : 127)
  if (head.length === 4) head.writeUInt16BE(payload.length, 2)
  if (head.length === 10) head.writeBigUInt64BE(BigInt(payload.length), 2)
  return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ mask[index % 4]!)])
}
