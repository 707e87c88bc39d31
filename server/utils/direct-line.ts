import type { Socket } from 'node:net'
import type { Peer } from 'crossws'
import type { FrameReceiver } from '#parley/server/utils/whole-texts.ts'

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

/** A peer's socket without the adapter around it, the connection that it writes its frames to, and what takes apart those that it reads. */
export interface DirectLine { readonly socket: NodeSocket, readonly connection: Socket, readonly receiver: FrameReceiver }

const needed = ['send', 'close', 'terminate', 'pause', 'resume'] as const

const fieldOf = (value: unknown, name: string): unknown => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined)

const isReceiver = (value: unknown): value is FrameReceiver =>
  fieldOf(value, '_state') === 0 && fieldOf(value, '_bufferedBytes') === 0 && fieldOf(value, '_fragmented') === 0 && typeof fieldOf(value, '_maxPayload') === 'number'

export const isNodeSocket = (value: unknown): value is NodeSocket => needed.every(name => typeof fieldOf(value, name) === 'function')

/**
 * The adapter hands out its socket behind a proxy that looks up each of the socket's own fields by name, and the socket writes head and
 * payload of a message apart: together they cost as much as the rest of a delivery. Where no extension is agreed on, a whole frame written
 * straight to the connection is the same on the wire and keeps its place among those of the socket, which writes without delay as well.
 * Reading is the same again: see whole-texts.ts.
 *
 * Call it before the request of the handshake is let go of.
 *
 * @returns undefined where the adapter's inside looks different: then its own way is left
 */
export function directLine(peer: Peer): DirectLine | undefined {
  const inside = fieldOf(peer, '_internal')
  const socket = fieldOf(inside, 'ws')
  const connection = fieldOf(fieldOf(inside, 'nodeReq'), 'socket')
  const receiver = fieldOf(socket, '_receiver')
  if (!isNodeSocket(socket) || socket.readyState !== 1 || fieldOf(socket, '_socket') !== connection || fieldOf(socket, 'extensions') !== '') return undefined
  return isReceiver(receiver) ? { socket, connection: connection as Socket, receiver } : undefined
}
