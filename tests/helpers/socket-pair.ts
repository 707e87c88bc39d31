import type { SessionHandle } from '#parley/server/chat/chat-service.ts'
import type { ServerSocket } from '#parley/server/chat/ports.ts'
import { decodeServerMessage, encodeFrame } from '#parley/shared/protocol/index.ts'
import type { ClientFrame, ServerFrame } from '#parley/shared/protocol/index.ts'

type FrameOf<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>

/** Both ends of one connection, flushed at once, with the ways in which a real one misbehaves. */
export class SocketPair {
  /** What the core gets. */
  readonly server: ServerSocket
  /** Messages as they arrived, in order. */
  readonly messages: string[] = []
  /** All frames so far. */
  readonly frames: ServerFrame[] = []
  closed: { code: number, reason: string } | undefined
  terminated = false
  paused = false
  /** How often the server stopped reading. */
  pauses = 0
  /** Answers a close at once, as a live peer does. */
  answersClose = true
  #session: SessionHandle | undefined
  #unread: string[] = []
  #stalled: { bytes: number, messages: string[] } | undefined

  constructor() {
    const deliver = (text: string) => this.#deliver(text)
    const pair = () => this
    this.server = {
      send: message => deliver(message.text),
      close: (code, reason) => this.#closeByServer(code, reason),
      terminate: () => {
        this.terminated = true
        this.#gone()
      },
      get bufferedAmount() {
        return pair().buffered
      },
      pause: () => {
        this.paused = true
        this.pauses++
      },
      resume: () => {
        this.paused = false
        for (const text of this.#unread.splice(0)) this.sendText(text)
      },
    }
  }

  get buffered(): number {
    return this.#stalled?.bytes ?? 0
  }

  attach(session: SessionHandle): void {
    this.#session = session
  }

  /** Sends frames, each in a message of its own. */
  send(...frames: ClientFrame[]): void {
    for (const frame of frames) this.sendText(encodeFrame(frame))
  }

  /** Sends frames as one array (T3). */
  sendBatch(frames: readonly ClientFrame[]): void {
    this.sendText(JSON.stringify(frames))
  }

  /** A message of any shape. While the server does not read, it waits in the network. */
  sendText(text: string): void {
    if (this.paused) this.#unread.push(text)
    else this.#session?.receive(text)
  }

  sendBinary(): void {
    this.#session?.receiveBinary()
  }

  /** A message that was in the process already when reading stopped. */
  sendDespitePause(text: string): void {
    this.#session?.receive(text)
  }

  /** The connection breaks: a reset, or the peer closes it. */
  drop(): void {
    this.#gone()
  }

  /** The peer takes nothing more; what is sent piles up. */
  stall(): void {
    this.#stalled ??= { bytes: 0, messages: [] }
  }

  /** The peer takes what has piled up. */
  unstall(): void {
    const messages = this.#stalled?.messages ?? []
    this.#stalled = undefined
    for (const text of messages) this.#deliver(text)
  }

  /** Frames of one type so far. */
  of<T extends ServerFrame['type']>(type: T): FrameOf<T>[] {
    return this.frames.filter((frame): frame is FrameOf<T> => frame.type === type)
  }

  /** Frames since the last take, all or of one type. */
  take(): ServerFrame[]
  take<T extends ServerFrame['type']>(type: T): FrameOf<T>[]
  take(type?: ServerFrame['type']): ServerFrame[] {
    const taken = this.frames.splice(0)
    return type === undefined ? taken : taken.filter(frame => frame.type === type)
  }

  #deliver(text: string): void {
    if (this.closed) throw new Error('the server sent after its close')
    if (this.#stalled) {
      this.#stalled.bytes += Buffer.byteLength(text)
      this.#stalled.messages.push(text)
      return
    }
    this.messages.push(text)
    this.frames.push(...decodeServerMessage(text))
  }

  #closeByServer(code: number, reason: string): void {
    this.closed = { code, reason }
    if (this.answersClose && !this.#stalled) queueMicrotask(() => this.#gone())
  }

  #gone(): void {
    const session = this.#session
    this.#session = undefined
    session?.closed()
  }
}
