/** One WebSocket frame on its way, as the bytes that carry it. */
export interface WireFrame {
  /** 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong. */
  opcode: number
  bytes: Buffer
  /** The payload, unmasked. */
  payload: Buffer
}

/** The frame at the start of `data`, or undefined while a part of it is still to come. */
export function firstFrame(data: Buffer): WireFrame | undefined {
  if (data.length < 2) return undefined
  const short = data[1]! & 0x7F
  const masked = (data[1]! & 0x80) !== 0
  const afterLength = short < 126 ? 2 : short === 126 ? 4 : 10
  if (data.length < afterLength) return undefined
  const length = short < 126 ? short : short === 126 ? data.readUInt16BE(2) : Number(data.readBigUInt64BE(2))
  const start = afterLength + (masked ? 4 : 0)
  if (data.length < start + length) return undefined
  const payload = Buffer.from(data.subarray(start, start + length))
  if (masked) {
    const mask = data.subarray(afterLength, start)
    for (let index = 0; index < payload.length; index++) payload[index]! ^= mask[index % 4]!
  }
  return { opcode: data[0]! & 0x0F, bytes: data.subarray(0, start + length), payload }
}

/** The types of the frames of the protocol that a WebSocket message holds; none for binary, control or broken ones. */
export function typesIn(frame: WireFrame): string[] {
  if (frame.opcode !== 1) return []
  const value: unknown = JSON.parse(frame.payload.toString())
  return (Array.isArray(value) ? value : [value]).map((item: { type?: string }) => item.type ?? '')
}
