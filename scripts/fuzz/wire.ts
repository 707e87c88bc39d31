import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { firstFrame } from '#parley/tests/helpers/websocket-frames.ts'
import type { WireFrame } from '#parley/tests/helpers/websocket-frames.ts'

/** A TCP connection that says any bytes and keeps what comes. */
export class Wire {
  received = Buffer.alloc(0)
  closed = false
  readonly #socket: Socket
  #waiting: (() => void)[] = []

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk])
      this.#wake()
    })
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => {
      this.closed = true
      this.#wake()
    })
  }

  write(bytes: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes)
  }

  /** Waits until it holds or the connection has ended. @returns whether one of these came to be within `ms` */
  async until(holds: () => boolean, ms: number): Promise<boolean> {
    const limit = performance.now() + ms
    while (!holds() && !this.closed) {
      const left = limit - performance.now()
      if (left <= 0) return false
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#waiting.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
    return true
  }

  /** Takes the WebSocket frames that are whole. */
  takeFrames(): WireFrame[] {
    const frames: WireFrame[] = []
    for (let frame = firstFrame(this.received); frame; frame = firstFrame(this.received)) {
      frames.push(frame)
      this.received = this.received.subarray(frame.bytes.length)
    }
    return frames
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
