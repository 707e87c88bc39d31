import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** Ms until an answer that does not come fails the test. */
const patience = 10_000

/** A TCP connection on which a test says exactly the bytes it wants: for what no WebSocket library would ever send. */
export class RawSocket {
  readonly socket: Socket
  /** Resolves when the other side has ended or destroyed the connection. */
  readonly ended: Promise<void>
  #received = Buffer.alloc(0)
  #waiting: (() => void)[] = []

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#wake()
    })
    this.socket.on('error', () => {})
    this.ended = new Promise(resolve => this.socket.on('close', () => resolve()))
    this.socket.on('close', () => this.#wake())
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  write(data: string | Buffer): void {
    if (!this.socket.destroyed) this.socket.write(data)
  }

  /** Sends a WebSocket upgrade with the headers as they stand. */
  upgrade(target: string, headers: Record<string, string>): void {
    const lines = Object.entries({
      'Connection': 'Upgrade', 'Upgrade': 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': randomBytes(16).toString('base64'), ...headers,
    })
    this.write(`GET ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
  }

  /** The head of the HTTP answer; the rest stays to be read. */
  async head(): Promise<string> {
    const end = () => this.#received.indexOf('\r\n\r\n')
    while (end() < 0) await this.#more()
    const head = this.#received.subarray(0, end()).toString()
    this.#received = this.#received.subarray(end() + 4)
    return head
  }

  /** The code of the first close frame; frames before it are skipped. */
  async closeCode(): Promise<number> {
    for (;;) {
      const frame = this.#frame()
      if (frame === undefined) await this.#more()
      else if (frame.opcode === 8) return frame.payload.length >= 2 ? frame.payload.readUInt16BE(0) : 1005
    }
  }

  /** The next text message. */
  async text(): Promise<string> {
    for (;;) {
      const frame = this.#frame()
      if (frame === undefined) await this.#more()
      else if (frame.opcode === 1) return frame.payload.toString()
      else if (frame.opcode === 8) throw new Error('closed')
    }
  }

  destroy(): void {
    this.socket.destroy()
  }

  async #more(): Promise<void> {
    if (this.socket.destroyed) throw new Error('the connection ended')
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push(resolve)
      AbortSignal.timeout(patience).addEventListener('abort', () => reject(new Error('nothing came')), { once: true })
    })
  }

  /** Server frames are never masked. */
  #frame(): { opcode: number, payload: Buffer } | undefined {
    const data = this.#received
    if (data.length < 2) return undefined
    const short = data[1]! & 0x7F
    const start = short < 126 ? 2 : short === 126 ? 4 : 10
    if (data.length < start) return undefined
    const length = short < 126 ? short : short === 126 ? data.readUInt16BE(2) : Number(data.readBigUInt64BE(2))
    if (data.length < start + length) return undefined
    this.#received = data.subarray(start + length)
    return { opcode: data[0]! & 0x0F, payload: data.subarray(start, start + length) }
  }
}

/** One client frame, masked. `opcode` 1 text, 2 binary, 0 continuation. */
export function clientFrame(opcode: number, payload: Buffer, fin = true): Buffer {
  const mask = randomBytes(4)
  const size = payload.length
  const head = size < 126 ? Buffer.from([0, 0x80 | size]) : size < 65_536 ? Buffer.from([0, 0x80 | 126, size >> 8, size & 0xFF]) : Buffer.from([0, 0x80 | 127, 0, 0, 0, 0, size >>> 24, (size >>> 16) & 0xFF, (size >>> 8) & 0xFF, size & 0xFF])
  head[0] = (fin ? 0x80 : 0) | opcode
  return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ mask[index % 4]!)])
}
