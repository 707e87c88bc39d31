import type { Socket } from 'node:net'
import { firstFrame } from '#parley/tests/helpers/websocket-frames.ts'
import type { WireFrame } from '#parley/tests/helpers/websocket-frames.ts'

/** What becomes of one WebSocket frame: the frames that go on in its place, or 'cut': this one does not pass and the link is reset. */
export type FrameRule = (frame: WireFrame) => readonly WireFrame[] | 'cut'

export interface Delay {
  /** Ms that every byte is late. */
  ms: number
  /** Up to so many ms more, by `random`. */
  jitter: number
  random: () => number
}

interface Piece { bytes: Buffer, due: number }

/** Bytes held back in the proxy before it stops reading, so that a slow reader is felt where the bytes come from. */
const heldLimit = 65_536

/** Slices per second in which a limited rate is paid out. */
const slices = 20

const wait = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

/** One direction of one connection. Bytes keep their order whatever is set. */
export class Pipe {
  delay: Delay | undefined
  /** Bytes per second; undefined = as fast as it goes, 0 = nothing, and nothing more is read. */
  rate: number | undefined
  /** What is read is thrown away, as on a path that is dead and says nothing. */
  holed = false
  /** Looks at whole WebSocket frames; only after the head of the upgrade. */
  frameRule: FrameRule | undefined
  /** Bytes after which the link is reset; counted from when it was set. */
  cutAfterBytes: number | undefined
  readonly #from: Socket
  readonly #to: Socket
  readonly #cut: () => void
  #inFrames = false
  #partial = Buffer.alloc(0)
  #queue: Piece[] = []
  #held = 0
  #lastDue = 0
  #pumping = false
  #ended = false

  constructor(from: Socket, to: Socket, cut: () => void) {
    this.#from = from
    this.#to = to
    this.#cut = cut
  }

  /** From here on the stream consists of WebSocket frames; `rest` is what came behind the head already. */
  beginFrames(): void {
    this.#inFrames = true
  }

  take(chunk: Buffer): void {
    if (this.holed) return
    for (const bytes of this.#inFrames ? this.#frames(chunk) : [chunk]) {
      if (!this.#pass(bytes)) return
    }
  }

  end(): void {
    this.#ended = true
    void this.#pump()
  }

  * #frames(chunk: Buffer): Generator<Buffer> {
    // Without a rule bytes go through as they come, but the boundaries are kept in sight: a rule may be set at any time.
    this.#partial = Buffer.concat([this.#partial, chunk])
    for (let frame = firstFrame(this.#partial); frame !== undefined; frame = firstFrame(this.#partial)) {
      this.#partial = this.#partial.subarray(frame.bytes.length)
      const passed = this.frameRule?.(frame) ?? [frame]
      if (passed === 'cut') return this.#cut()
      for (const { bytes } of passed) yield bytes
    }
  }

  #pass(bytes: Buffer): boolean {
    if (this.cutAfterBytes !== undefined && bytes.length >= this.cutAfterBytes) {
      this.#to.write(bytes.subarray(0, this.cutAfterBytes), () => this.#cut())
      this.holed = true
      return false
    }
    if (this.cutAfterBytes !== undefined) this.cutAfterBytes -= bytes.length
    const { delay } = this
    this.#lastDue = Math.max(this.#lastDue, delay === undefined ? 0 : performance.now() + delay.ms + delay.jitter * delay.random())
    this.#queue.push({ bytes, due: this.#lastDue })
    this.#held += bytes.length
    if (this.#held > heldLimit) this.#from.pause()
    void this.#pump()
    return true
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return
    this.#pumping = true
    for (let piece = this.#queue[0]; piece !== undefined && !this.#to.destroyed; piece = this.#queue[0]) {
      const late = piece.due - performance.now()
      if (late > 0) await wait(late)
      if (this.rate !== undefined || this.#to.writableNeedDrain) await this.#payOut(piece.bytes)
      else if (!this.holed) this.#to.write(piece.bytes)
      this.#queue.shift()
      this.#held -= piece.bytes.length
      if (this.#held <= heldLimit && !this.#from.destroyed) this.#from.resume()
    }
    this.#pumping = false
    if (this.#ended && this.#queue.length === 0) this.#to.end()
  }

  async #payOut(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#to.destroyed && !this.holed;) {
      if (this.#to.writableNeedDrain) await new Promise<void>(resolve => this.#to.once('drain', resolve).once('close', resolve))
      if (this.rate === 0) {
        await wait(1000 / slices)
        continue
      }
      const size = this.rate === undefined ? bytes.length : Math.max(1, Math.floor(this.rate / slices))
      this.#to.write(bytes.subarray(at, at + size))
      at += size
      if (this.rate !== undefined) await wait(1000 / slices)
    }
  }
}
