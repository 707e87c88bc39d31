import type { Peer } from 'crossws'
import type { Log, ServerSocket, WireMessage } from '#parley/server/chat/ports.ts'

/** What the `ws` socket behind a peer has beyond the web's WebSocket. */
interface NodeSocket {
  send(data: Uint8Array, options: { binary: boolean }): void
  close(code: number, reason: string): void
  terminate(): void
  pause(): void
  resume(): void
  readonly bufferedAmount: number
}

const asText = { binary: false }

const needed = ['send', 'close', 'terminate', 'pause', 'resume'] as const

function isNodeSocket(value: unknown): value is NodeSocket {
  return typeof value === 'object' && value !== null
    && needed.every(name => name in value && typeof Reflect.get(value, name) === 'function')
}

/** The socket as the core wants it. None of its methods throws: a socket that is gone has its close event on the way. */
class PeerSocket implements ServerSocket {
  readonly #socket: NodeSocket
  readonly #log: Log

  constructor(socket: NodeSocket, log: Log) {
    this.#socket = socket
    this.#log = log
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount
  }

  send({ utf8 }: WireMessage): void {
    // Not through #guarded: this one is called for each delivery.
    try {
      this.#socket.send(utf8, asText)
    }
    catch (error) {
      this.#failed('send', error)
    }
  }

  close(code: number, reason: string): void {
    this.#guarded('close', socket => socket.close(code, reason))
  }

  terminate(): void {
    this.#guarded('terminate', socket => socket.terminate())
  }

  pause(): void {
    this.#guarded('pause', socket => socket.pause())
  }

  resume(): void {
    this.#guarded('resume', socket => socket.resume())
  }

  /** An exception here would end up in whoever fanned a message out to this connection. */
  #guarded(action: string, run: (socket: NodeSocket) => void): void {
    try {
      run(this.#socket)
    }
    catch (error) {
      this.#failed(action, error)
    }
  }

  #failed(action: string, error: unknown): void {
    this.#log.warn('socket call failed', { action, fault: error instanceof Error ? error.name : 'unknown' })
  }
}

/** @throws Error when the runtime's sockets cannot be paused; without that there is no flow control (S4, L4) */
export function peerSocket(peer: Peer, log: Log): ServerSocket {
  const socket: unknown = peer.websocket
  if (!isNodeSocket(socket)) throw new Error('this WebSocket adapter has no pause and resume')
  return new PeerSocket(socket, log)
}
