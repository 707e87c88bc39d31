import type { Socket } from 'node:net'
import type { Peer } from 'crossws'
import type { Log, ServerSocket, WireMessage } from '#parley/server/chat/ports.ts'
import { directLine, isNodeSocket } from '#parley/server/utils/direct-line.ts'
import type { NodeSocket } from '#parley/server/utils/direct-line.ts'
import { textFrame } from '#parley/server/utils/text-frame.ts'

const open = 1

/** The socket as the core wants it. None of its methods throws: a socket that is gone has its close event on the way. */
class PeerSocket implements ServerSocket {
  readonly #socket: NodeSocket
  readonly #connection: Socket | undefined
  readonly #log: Log

  constructor(socket: NodeSocket, connection: Socket | undefined, log: Log) {
    this.#socket = socket
    this.#connection = connection
    this.#log = log
  }

  get bufferedAmount(): number {
    return this.#connection ? this.#connection.writableLength : this.#socket.bufferedAmount
  }

  send(message: WireMessage): void {
    // Not through #guarded: this one is called for each delivery.
    try {
      if (this.#connection) this.#write(this.#connection, message)
      else this.#socket.send(message.text)
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

  /** Nothing may follow a close frame. */
  #write(connection: Socket, message: WireMessage): void {
    if (this.#socket.readyState !== open) return
    const frame = message.frame ??= textFrame(message.text, message.bytes)
    // What has to wait gets memory of its own: as a part of a pool it would hold all of the pool, for as long as its peer takes nothing.
    connection.write(connection.writableLength > 0 && frame.buffer.byteLength > frame.byteLength ? new Uint8Array(frame) : frame)
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
  const line = directLine(peer)
  if (line) return new PeerSocket(line.socket, line.connection, log)
  const socket: unknown = peer.websocket
  if (!isNodeSocket(socket)) throw new Error('this WebSocket adapter has no pause and resume')
  return new PeerSocket(socket, undefined, log)
}
