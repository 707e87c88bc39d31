import { createHash, randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import { begin, headerOf, reasonOf } from '#parley/cli/doctor/http-probe.ts'
import type { Target } from '#parley/cli/doctor/http-probe.ts'
import { opcodes, readFrames, writeFrame } from '#parley/cli/doctor/socket-frames.ts'
import { SUBPROTOCOL } from '#parley/shared/protocol/index.ts'

/** What became of an upgrade. */
export type Upgrade
  = | { kind: 'open', socket: ProbeSocket, protocol: string | undefined, genuine: boolean }
    | { kind: 'refused', status: number, headers: IncomingHttpHeaders, body: string }
    | { kind: 'none', reason: string }

/** How a socket ended: by a close frame, or by the connection alone. */
export type Ending = { kind: 'closed', code: number } | { kind: 'cut' }

const accepts = (key: string): string => createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

/** As little of a WebSocket client as a probe needs; unlike that of Node it shows why an upgrade failed. */
export class ProbeSocket {
  readonly #stream: Duplex
  #rest: Buffer = Buffer.alloc(0)
  #listener: (text: string) => void = () => {}
  readonly ended: Promise<Ending>
  #end!: (ending: Ending) => void

  constructor(stream: Duplex, head: Buffer) {
    this.#stream = stream
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    stream.on('error', () => {})
    stream.on('close', () => this.#end({ kind: 'cut' }))
    stream.on('end', () => stream.destroy())
    stream.on('data', (bytes: Buffer) => this.#take(bytes))
    this.#take(head)
  }

  #take(bytes: Buffer): void {
    const { frames, rest } = readFrames(Buffer.concat([this.#rest, bytes]))
    this.#rest = rest
    for (const { opcode, payload } of frames) {
      if (opcode === opcodes.text) this.#listener(payload.toString('utf8'))
      if (opcode === opcodes.ping) this.#stream.write(writeFrame(opcodes.pong, payload))
      if (opcode === opcodes.close) {
        this.#end({ kind: 'closed', code: payload.length >= 2 ? payload.readUInt16BE(0) : 1005 })
        this.#stream.end(writeFrame(opcodes.close, payload.subarray(0, 2)))
      }
    }
  }

  onText(listener: (text: string) => void): void {
    this.#listener = listener
  }

  send(text: string): void {
    this.#stream.write(writeFrame(opcodes.text, Buffer.from(text)))
  }

  dispose(): void {
    this.#stream.destroy()
  }
}

/** Asks for an upgrade as a browser's page at `origin` does (T1, T2). Never throws. */
export function upgrade(target: Target, path: string, origin: string | undefined): Promise<Upgrade> {
  const key = randomBytes(16).toString('base64')
  return new Promise((resolve) => {
    const request = begin(target, path, {
      headers: {
        'connection': 'Upgrade', 'upgrade': 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': key, 'sec-websocket-protocol': SUBPROTOCOL,
        ...(origin === undefined ? {} : { origin }),
      },
    })
    const timer = setTimeout(() => {
      resolve({ kind: 'none', reason: `no answer within ${Math.round(target.patience / 1000)} s` })
      request.destroy()
    }, target.patience)
    request.on('error', error => resolve({ kind: 'none', reason: reasonOf(error) }))
    request.on('upgrade', ({ headers }, stream, head) => {
      const genuine = headerOf(headers, 'sec-websocket-accept') === accepts(key)
      resolve({ kind: 'open', socket: new ProbeSocket(stream, head), protocol: headerOf(headers, 'sec-websocket-protocol'), genuine })
    })
    request.on('response', (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => {
        if (body.length < 4096) body += chunk.toString('latin1')
      })
      response.on('error', () => {})
      response.on('close', () => resolve({ kind: 'refused', status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    request.on('close', () => clearTimeout(timer))
    request.end()
  })
}
