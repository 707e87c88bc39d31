import type { Peer } from 'crossws'
import type { Log, ServerSocket } from '#parley/server/chat/ports.ts'

/** What the `ws` socket behind a peer has beyond the web's WebSocket. */
interface NodeSocket {
  send(text: string): void
  close(code: number, reason: string): void
  terminate(): void
  pause(): void
  resume(): void
  readonly bufferedAmount: number
}

const needed = ['send', 'close', 'terminate', 'pause', 'resume'] as const

function isNodeSocket(value: unknown): value is NodeSocket {
  return typeof value === 'object' && value !== null
    && needed.every(name => name in value && typeof Reflect.get(value, name) === 'function')
}

/**
 * The socket as the core wants it. None of its methods throws: a socket that is gone has its close event on the way, and an exception
 * here would end up in whoever fanned a message out to it.
 *
 * @throws Error when the runtime's sockets cannot be paused; without that there is no flow control (S4, L4)
 */
export function peerSocket(peer: Peer, log: Log): ServerSocket {
  const socket: unknown = peer.websocket
  if (!isNodeSocket(socket)) throw new Error('this WebSocket adapter has no pause and resume')
  const guarded = (action: string, run: () => void): void => {
    try {
      run()
    }
    catch (error) {
      log.warn('socket call failed', { action, fault: error instanceof Error ? error.name : 'unknown' })
    }
  }
  return {
    send: text => guarded('send', () => socket.send(text)),
    close: (code, reason) => guarded('close', () => socket.close(code, reason)),
    terminate: () => guarded('terminate', () => socket.terminate()),
    pause: () => guarded('pause', () => socket.pause()),
    resume: () => guarded('resume', () => socket.resume()),
    get bufferedAmount() {
      return socket.bufferedAmount
    },
  }
}
