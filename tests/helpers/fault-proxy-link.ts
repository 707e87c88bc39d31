import type { Socket } from 'node:net'
import { Pipe } from '#parley/tests/helpers/fault-proxy-pipe.ts'
import type { FrameRule } from '#parley/tests/helpers/fault-proxy-pipe.ts'
import { createSeededRandom } from '#parley/tests/helpers/seeded-random.ts'

/** 'up' is towards the server, 'down' towards the client. */
export type Direction = 'up' | 'down' | 'both'

const pipesOf = ({ up, down }: ProxyLink, direction: Direction) => direction === 'both' ? [up, down] : direction === 'up' ? [up] : [down]

/** One connection through the proxy, and what can be done to it. */
export class ProxyLink {
  readonly up: Pipe
  readonly down: Pipe
  readonly client: Socket
  readonly server: Socket
  /** True once the client has asked for a WebSocket on it. */
  isSocket = false
  /** Request targets seen on it, without their query. */
  readonly paths: string[] = []
  readonly closed: Promise<void>

  constructor(client: Socket, server: Socket) {
    this.client = client
    this.server = server
    this.up = new Pipe(client, server, () => this.drop())
    this.down = new Pipe(server, client, () => this.drop())
    this.closed = new Promise(resolve => client.once('close', () => resolve()))
  }

  /** TCP reset on both sides. */
  drop(): void {
    this.client.resetAndDestroy()
    this.server.resetAndDestroy()
  }

  /** An orderly end on both sides, without a WebSocket close. */
  fin(): void {
    this.client.end()
    this.server.end()
  }

  /** Half-open: bytes are taken and go nowhere. It stays so: a stream with a hole cannot be mended. */
  hole(direction: Direction): void {
    for (const pipe of pipesOf(this, direction)) pipe.holed = true
  }

  /** @param ms how late every byte is; up to `jitter` ms more, the same for the same seed */
  delay(ms: number, options: { jitter?: number, seed?: number, direction?: Direction } = {}): void {
    const random = createSeededRandom(options.seed ?? 1)
    for (const pipe of pipesOf(this, options.direction ?? 'both')) pipe.delay = { ms, jitter: options.jitter ?? 0, random: random.next }
  }

  /** @param bytesPerSecond undefined lifts the limit, 0 passes nothing and reads nothing */
  rate(bytesPerSecond: number | undefined, direction: Direction = 'both'): void {
    for (const pipe of pipesOf(this, direction)) pipe.rate = bytesPerSecond
  }

  /** Resets the link once so many further bytes, or whole WebSocket frames, have passed. */
  cutAfter(count: { bytes: number } | { frames: number }, direction: 'up' | 'down'): void {
    if ('bytes' in count) {
      this[direction].cutAfterBytes = count.bytes
      return
    }
    let left = count.frames
    this.frames(direction, frame => left-- > 0 ? [frame] : 'cut')
  }

  /** Rules over every WebSocket frame from now on; undefined passes all. */
  frames(direction: 'up' | 'down', rule: FrameRule | undefined): void {
    this[direction].frameRule = rule
  }

  /** The server's text frames arrive twice: the first `count` of them, or all. */
  duplicate(count = Number.POSITIVE_INFINITY): void {
    let left = count
    this.frames('down', frame => frame.opcode === 1 && left-- > 0 ? [frame, frame] : [frame])
  }

  /** Of each two text frames of the server the second arrives first; a frame without a successor waits for it. */
  swap(pairs = Number.POSITIVE_INFINITY): void {
    let left = pairs
    let held: Parameters<FrameRule>[0] | undefined
    this.frames('down', (frame) => {
      if (frame.opcode !== 1 || (held === undefined && left <= 0)) return [frame]
      if (held === undefined) {
        held = frame
        return []
      }
      const pair = [frame, held]
      held = undefined
      left -= 1
      return pair
    })
  }
}
