import type { Socket } from 'node:net'
import type { Peer } from 'crossws'

/** What the `ws` socket behind a peer has beyond the web's WebSocket. */
export interface NodeSocket {
  /** 1 while messages may be sent. */
  readonly readyState: number
  readonly bufferedAmount: number
  send(text: string): void
  close(code: number, reason: string): void
  terminate(): void
  pause(): void
  resume(): void
}

/** A peer's socket without the adapter around it, and the connection that it writes its frames to. */
export interface DirectLine { readonly socket: NodeSocket, readonly connection: Socket }

const needed = ['send', 'close', 'terminate', 'pause', 'resume'] as const

const fieldOf = (value: unknown, name: string): unknown => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined)

export const isNodeSocket = (value: unknown): value is NodeSocket => needed.every(name => typeof fieldOf(value, name) === 'function')

/**
 * The adapter hands out its socket behind a proxy that looks up each of the socket's own fields by name, and the socket writes head and
 * payload of a message apart: together they cost as much as the rest of a delivery. Where no extension is agreed on, a whole frame written
 * straight to the connection is the same on the wire and keeps its place among those of the socket, which writes without delay as well.
 *
 * Call it before the request of the handshake is let go of.
 *
 * @returns undefined where the adapter's inside looks different: then its own way is left
 */
export function directLine(peer: Peer): DirectLine | undefined {
  const inside = fieldOf(peer, '_internal')
  const socket = fieldOf(inside, 'ws')
  const connection = fieldOf(fieldOf(inside, 'nodeReq'), 'socket')
  const fits = isNodeSocket(socket) && socket.readyState === 1 && fieldOf(socket, '_socket') === connection && fieldOf(socket, 'extensions') === ''
  return fits ? { socket, connection: connection as Socket } : undefined
}
