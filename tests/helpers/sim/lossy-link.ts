import type { ClientSocket, SocketHandlers } from '#parley/client/environment.ts'
import type { ServerSocket } from '#parley/server/chat/ports.ts'
import type { SeededRandom } from '#parley/tests/helpers/sim/random.ts'
import type { VirtualTime } from '#parley/tests/helpers/sim/virtual-time.ts'
import { createPipe } from '#parley/tests/helpers/sim/pipe.ts'

/**
 * A WebSocket between a browser and a server over a bad line. TCP neither reorders nor doubles within a connection, so neither does
 * this; what it does is delay, stop in one direction or both without telling anyone, and break with the loss of what is under way.
 *
 *   dialling ──accept──► open ──close/abandon/terminate/reset──► over
 *       └──refuse──► over            (a stalled link stays open for both ends, for as long as they believe in it)
 */
export interface LossyLink {
  readonly client: ClientSocket
  readonly server: ServerSocket
  readonly over: boolean
  /** The client let go of it. */
  readonly abandoned: boolean
  /** The handshake's answer: from now on the server's end is heard. */
  accept(end: ServerEnd): void
  /** The upgrade is refused: the browser sees 1006 and nothing else. */
  refuse(): void
  /** RST: what is under way is lost, and both ends hear of it unless their direction is stalled. */
  reset(): void
  /** Half-open: `up` is client → server. */
  stall(direction: Direction): void
  heal(): void
  /** Resets after so many more frames in a direction: between a commit and its ack, say. */
  cutAfter(direction: 'up' | 'down', frames: number): void
  /** Bytes a millisecond towards the client; Infinity lifts it. */
  throttle(bytesPerMs: number): void
  /** The browser's process stops or goes on reading (a frozen tab). */
  freeze(frozen: boolean): void
  /** The server's process ended: its kernel still sends what it holds, or nothing when the machine is gone. */
  serverGone(how: 'process' | 'machine'): void
  /** The browser's process ended. */
  clientGone(how: 'process' | 'machine'): void
}

export type Direction = 'up' | 'down' | 'both'

/** What a server's route does with a socket's events. */
export interface ServerEnd {
  message(text: string): void
  closed(): void
}

export interface LineQuality {
  /** Ms one way. */
  latency: number
  jitter: number
  /** What a byte of a small frame weighs in the server's send buffer: few of them then reach the budgets of L3. */
  weight: number
  /** Whether an abandoned socket still tells what comes, as the WebSocket of a browser (B2) or of `ws` does: then the client must know it for an old one (R11). */
  loud: boolean
}

export interface LossyLinkOptions {
  time: VirtualTime
  random: SeededRandom
  quality: LineQuality
  handlers: SocketHandlers
  note: (what: string) => void
}

type Item = { kind: 'text', text: string } | { kind: 'close', code: number, reason: string } | { kind: 'rst' } | { kind: 'open' }

/** What weighting makes of a small frame at most: a page of many events is as heavy as it is, else no budget could ever hold one. */
const heaviest = 64 * 1024

/** How long a browser waits for the answer to its own close (B2). */
const browserPatience = 60_000

/** How long `ws` waits for the answer to its close frame before it destroys the socket (`closeTimeout`). */
const closeTimeout = 2_000

export function createLossyLink(options: LossyLinkOptions): LossyLink {
  const { time, random, quality, handlers, note } = options
  let end: ServerEnd | undefined
  let serverOver = false
  let serverClosing = false
  let clientOver = false
  /** Only a loud one goes on telling. */
  let abandoned = false
  let clientClosing: { code: number, reason: string } | undefined
  let rate = Infinity
  const cut = { up: Infinity, down: Infinity }
  const latency = () => quality.latency + random.next() * quality.jitter

  const up = createPipe<Item>({ time, latency, rate: () => Infinity, kernelBytes: 0, deliver: item => atServer(item) })
  const down = createPipe<Item>({ time, latency, rate: () => rate, kernelBytes: 2_048, deliver: item => atClient(item) })

  const endClient = (code: number, reason: string) => {
    if (clientOver) return
    clientOver = true
    handlers.close(code, reason)
  }
  const endServer = () => {
    if (serverOver) return
    serverOver = true
    end?.closed()
  }
  const counted = (direction: 'up' | 'down', pass: () => void) => {
    if (--cut[direction] < 0) {
      note(`cut (${direction})`)
      link.reset()
    }
    else {
      pass()
    }
  }

  function atServer(item: Item) {
    // A machine that knows nothing of this connection (any more) answers with RST.
    if (serverOver) return item.kind === 'text' ? down.send({ kind: 'rst' }, 0) : undefined
    if (item.kind === 'text') return counted('up', () => end?.message(item.text))
    // The closing handshake is answered by the WebSocket library, not by the application.
    if (item.kind === 'close' && !serverClosing) down.send({ kind: 'close', code: item.code, reason: item.reason }, 0)
    endServer()
  }

  function atClient(item: Item) {
    if (clientOver) return
    if (item.kind === 'open') return clientClosing ? undefined : handlers.open()
    if (item.kind === 'text') return counted('down', () => handlers.message(item.text))
    if (item.kind === 'rst') return endClient(1006, '')
    if (!clientClosing) up.send(item, 0)
    endClient(item.code, item.reason)
  }

  const client: ClientSocket = {
    send(text) {
      if (!clientOver && !clientClosing) up.send({ kind: 'text', text }, text.length)
    },
    close(code, reason) {
      if (clientOver || clientClosing) return
      clientClosing = { code, reason }
      up.send({ kind: 'close', code, reason }, 0)
    },
    abandon(code, reason) {
      if (clientOver || abandoned) return
      abandoned = true
      if (!quality.loud) {
        if (!clientClosing) up.send({ kind: 'close', code, reason }, 0)
        clientOver = true
        return
      }
      // Messages may come until the close is answered; on a dead line `onclose` comes after a minute.
      client.close(code, reason)
      time.after(browserPatience, () => endClient(1006, ''))
    },
    get bufferedAmount() { return up.buffered },
  }

  const server: ServerSocket = {
    send({ text }) {
      if (!serverOver && !serverClosing) down.send({ kind: 'text', text }, text.length, Math.max(text.length, Math.min(text.length * quality.weight, heaviest)))
    },
    close(code, reason) {
      if (serverOver || serverClosing) return
      if (new TextEncoder().encode(reason).byteLength > 123) throw new Error(`close reason too long: ${reason}`)
      note(`server closes ${code} ${reason}`)
      serverClosing = true
      down.send({ kind: 'close', code, reason }, 0)
      time.after(closeTimeout, () => {
        if (!serverOver) server.terminate()
      })
    },
    terminate() {
      if (serverOver) return
      down.clear()
      down.send({ kind: 'rst' }, 0)
      time.after(0, endServer)
    },
    get bufferedAmount() { return down.buffered },
    pause() {
      up.unread = true
    },
    resume() {
      up.unread = false
      up.wake()
    },
  }

  const link: LossyLink = {
    client,
    server,
    get abandoned() { return abandoned },
    get over() { return clientOver && (serverOver || end === undefined) },
    accept(ends) {
      end = ends
      // The browser hung up while the upgrade was under way.
      if (serverOver) time.after(0, () => ends.closed())
      down.send({ kind: 'open' }, 0)
    },
    refuse() {
      down.send({ kind: 'rst' }, 0)
    },
    reset() {
      up.clear()
      down.clear()
      up.send({ kind: 'rst' }, 0)
      down.send({ kind: 'rst' }, 0)
    },
    stall(direction) {
      if (direction !== 'down') up.stalled = true
      if (direction !== 'up') down.stalled = true
    },
    heal() {
      up.stalled = false
      down.stalled = false
      cut.up = Infinity
      cut.down = Infinity
      rate = Infinity
      up.wake()
      down.wake()
    },
    cutAfter(direction, frames) {
      cut[direction] = frames
    },
    throttle(bytesPerMs) {
      rate = bytesPerMs
      if (rate === Infinity) down.widen()
    },
    freeze(frozen) {
      down.unread = frozen
      if (!frozen) down.wake()
    },
    serverGone(how) {
      serverOver = true
      up.clear()
      if (how === 'machine') down.stalled = true
      else down.send({ kind: 'rst' }, 0)
    },
    clientGone(how) {
      clientOver = true
      down.clear()
      if (how === 'process') up.send({ kind: 'rst' }, 0)
    },
  }
  return link
}
