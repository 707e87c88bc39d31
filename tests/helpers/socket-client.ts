import { WebSocket } from 'ws'
import type { ClientOptions } from 'ws'
import type { HttpClient } from '#parley/tests/helpers/http-client.ts'
import type { ServerFrame } from '#parley/shared/protocol/index.ts'

export interface SocketClose { code: number, reason: string }

type FrameOf<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>

/** Ms until a frame or close that does not come fails the test. */
const patience = 10_000

/** A socket that records what it gets and lets a test await frames instead of sleeping. */
export class SocketClient {
  readonly frames: ServerFrame[] = []
  readonly closed: Promise<SocketClose>
  readonly opened: Promise<void>
  readonly socket: WebSocket
  /** Whether pings of the server are answered, as a live client does. */
  answersPings = true
  #waiting: (() => void)[] = []
  #read = 0

  constructor(url: string, protocols: string[], options: ClientOptions) {
    this.socket = new WebSocket(url, protocols, options)
    this.closed = new Promise(resolve => this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })))
    this.opened = new Promise((resolve, reject) => this.socket.on('open', () => resolve()).on('error', reject))
    this.opened.catch(() => {})
    this.socket.on('error', () => {})
    this.socket.on('message', data => this.#receive(String(data)))
    this.socket.on('close', () => this.#wake())
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #receive(text: string): void {
    const value: unknown = JSON.parse(text)
    for (const frame of (Array.isArray(value) ? value : [value]) as ServerFrame[]) {
      if (frame.type === 'ping' && this.answersPings) this.send({ type: 'pong' })
      this.frames.push(frame)
    }
    this.#wake()
  }

  send(...frames: object[]): void {
    this.socket.send(JSON.stringify(frames.length === 1 ? frames[0] : frames))
  }

  /** The next frame of a type that fits, after the last one taken; skips the others. */
  async next<T extends ServerFrame['type']>(type: T, fits: (frame: FrameOf<T>) => boolean = () => true): Promise<FrameOf<T>> {
    const limit = AbortSignal.timeout(patience)
    for (;;) {
      while (this.#read < this.frames.length) {
        const frame = this.frames[this.#read++]!
        if (frame.type === type && fits(frame as FrameOf<T>)) return frame as FrameOf<T>
      }
      if (limit.aborted || this.socket.readyState === WebSocket.CLOSED) throw new Error(`no ${type} came; got ${JSON.stringify(this.frames.map(frame => frame.type))}`)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
        limit.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  close(): Promise<SocketClose> {
    this.socket.close(1000)
    return this.closed
  }
}

export interface OpenOptions {
  token?: string
  /** Undefined = none. */
  origin?: string | undefined
  protocols?: string[]
  query?: string
  path?: string
  headers?: Record<string, string>
}

/** Begins to open a socket; the origin is the server's own unless told otherwise. */
export function dial(base: string, options: OpenOptions = {}): SocketClient {
  const { token = '', protocols = ['parley.v1'], query = '', path = '/_ws' } = options
  const origin = 'origin' in options ? options.origin : base
  return new SocketClient(`${base.replace('http', 'ws')}${path}?token=${token}${query}`, protocols, {
    ...(origin === undefined ? {} : { origin }), headers: options.headers ?? {}, perMessageDeflate: true, handshakeTimeout: patience,
  })
}

/** A socket of a logged-in user, welcomed. */
export async function connect(client: HttpClient, options: OpenOptions = {}): Promise<SocketClient> {
  const socket = dial(client.base, { token: await client.ticket(), ...options })
  await socket.next('welcome')
  return socket
}

/** The status with which an upgrade was refused. */
export function refusedStatus(socket: SocketClient): Promise<number> {
  return new Promise((resolve, reject) => {
    socket.socket.on('unexpected-response', (_request, response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    socket.socket.on('open', () => reject(new Error('the upgrade was accepted')))
    socket.socket.on('error', reject)
  })
}
