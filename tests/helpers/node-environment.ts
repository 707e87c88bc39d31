import { randomBytes } from 'node:crypto'
import { WebSocket } from 'ws'
import { browserHttp } from '#parley/client/browser-http.ts'
import type { Fetch } from '#parley/client/browser-http.ts'
import type { ClientSocket, ClientStorage, Environment, Signal, SocketHandlers } from '#parley/client/environment.ts'
import { MemoryStorage } from '#parley/client/storage/memory.ts'

export interface NodeEnvironmentOptions {
  /** Where the client believes its server to be: of a proxy, usually. */
  origin: string
  /** The session cookie, as `name=value`. */
  cookie: string
  /** What outlives a reload; a fresh memory by default. */
  storage?: ClientStorage
  /** Time of this client passes so many times faster: all its waiting times are divided by it. */
  factor?: number
}

/** What a test does to the device. */
export interface NodeEnvironment extends Environment {
  /** Ms by which the device's wall clock is wrong. */
  skew: number
  signal(signal: Signal): void
  /** Ends every socket that was ever opened, without a word to its handlers. */
  dispose(): void
}

/** A browser's rule: after `abandon` no handler runs again, and nobody waits for the close of a dead link (B2). */
function openSocket(url: string, protocols: string[], origin: string, handlers: SocketHandlers, opened: Set<WebSocket>): ClientSocket {
  const socket = new WebSocket(url, protocols, { origin, perMessageDeflate: false })
  opened.add(socket)
  let abandoned = false
  const heard = (tell: () => void) => {
    if (!abandoned) tell()
  }
  socket.on('error', () => {}) // a close follows, as in a browser
  socket.on('open', () => heard(() => handlers.open()))
  socket.on('message', (data, binary) => heard(() => binary ? undefined : handlers.message(String(data))))
  socket.on('close', (code, reason) => {
    opened.delete(socket)
    heard(() => handlers.close(code, reason.toString()))
  })
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text)
    },
    close: (code, reason) => socket.close(code, reason),
    abandon(code, reason) {
      abandoned = true
      socket.close(code, reason)
    },
    get bufferedAmount() {
      return socket.bufferedAmount
    },
  }
}

/** A session cookie goes with every call, as it would from the page; what the server renews is kept. */
function fetchWithCookie(origin: string, first: string): Fetch {
  let cookie = first
  return async (url, init) => {
    const response = await fetch(url, { ...init, headers: { ...init.headers as Record<string, string>, cookie, origin } })
    for (const line of response.headers.getSetCookie()) cookie = line.split(';')[0] ?? cookie
    return response
  }
}

/** The world of a client in Node, on real sockets: one visible page, alone on its device. */
export function createNodeEnvironment({ origin, cookie, storage = new MemoryStorage(), factor = 1 }: NodeEnvironmentOptions): NodeEnvironment {
  const signals = new Set<(signal: Signal) => void>()
  const sockets = new Set<WebSocket>()
  const start = performance.now()
  const wallStart = Date.now()
  const passed = () => (performance.now() - start) * factor
  const timer = (task: () => void, ms: number) => {
    const id = setTimeout(task, ms)
    return () => clearTimeout(id)
  }
  const environment: NodeEnvironment = {
    skew: 0,
    now: () => Math.round(wallStart + passed() + environment.skew),
    monotonic: () => 1_000 + passed(),
    timer: (task, ms) => timer(task, ms / factor),
    frame: task => timer(task, 5),
    random: Math.random,
    randomBytes: length => new Uint8Array(randomBytes(length)),
    online: () => true,
    visible: () => true,
    onSignal(listener) {
      signals.add(listener)
      return () => signals.delete(listener)
    },
    openSocket: (url, protocols, handlers) => openSocket(url, protocols, origin, handlers, sockets),
    socketUrl: `${origin.replace(/^http/, 'ws')}/_ws`,
    http: browserHttp(origin, fetchWithCookie(origin, cookie)),
    storage,
    channel: () => ({ post() {}, on: () => () => {}, close() {} }),
    warn() {},
    signal(signal) {
      for (const listener of signals) listener(signal)
    },
    dispose() {
      for (const socket of sockets) socket.terminate()
    },
  }
  return environment
}
