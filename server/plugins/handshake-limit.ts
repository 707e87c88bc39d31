import { subscribe } from 'node:diagnostics_channel'
import { Server } from 'node:http'
import { Socket } from 'node:net'
import { peerHeader } from '#parley/server/utils/peer-header.ts'
import { tidyHead } from '#parley/server/utils/tidy-head.ts'

/** Ms in which a new connection must have said what it wants; a browser needs one round trip. */
const patience = 10_000
/** Ms that one request may take to arrive. */
const longestRequest = 3_600_000
/** Ms between two looks at those that have said nothing yet. */
const round = 1_000

/**
 * Connections that the kernel keeps while the event loop is busy. Nitro leaves it at 511: when thousands of clients come back at once the
 * others are not answered, and try again after one second, then three.
 */
const backlog = 4_096

const ignore = (): void => undefined

const field = (message: unknown, name: string): unknown => (typeof message === 'object' && message !== null ? Reflect.get(message, name) : undefined)

const socketOf = (message: unknown): Socket | undefined => {
  const socket = field(message, 'socket')
  return socket instanceof Socket ? socket : undefined
}

/**
 * Ends connections that come and do not finish their first request (F49): thousands of them cost an attacker nothing and the server a
 * file descriptor each. Node would wait a minute and look every 30 s, and Nitro, which makes the server, passes no options to it; so
 * server and connections are met where Node announces them.
 */
export default defineNitroPlugin(() => {
  if (import.meta.dev || import.meta.prerender) return
  // In the order in which they came. One timer looks at all: a timer and a closure for each would stay with it for life.
  const silent = new Map<Socket, number>()
  const servers = new WeakSet<Server>()
  const meet = (server: Server): void => {
    if (servers.has(server)) return
    servers.add(server)
    // For the second and later requests of a connection.
    server.headersTimeout = patience
    // Node's five minutes would end a large upload over a slow line; who sends nothing for a minute is ended by its handler.
    server.requestTimeout = longestRequest
    server.prependListener('request', tidyHead)
    // A WebSocket upgrade is not announced as a request.
    server.prependListener('upgrade', (request, socket) => {
      tidyHead(request)
      // Whoever is refused and gone already would end the process: nobody else listens before the socket is accepted (X21).
      socket.on('error', ignore)
      request.headers[peerHeader] = request.socket.remoteAddress ?? ''
      if (socket instanceof Socket) silent.delete(socket)
    })
  }
  subscribe('tracing:net.server.listen:asyncStart', (message) => {
    const options = field(message, 'options')
    if (typeof options === 'object' && options !== null && !('backlog' in options)) Object.assign(options, { backlog })
  })
  subscribe('http.server.request.start', (message) => {
    const socket = socketOf(message)
    if (socket) silent.delete(socket)
  })
  subscribe('net.server.socket', (message) => {
    const socket = socketOf(message)
    const server: unknown = socket && Reflect.get(socket, 'server')
    if (socket === undefined || !(server instanceof Server)) return
    meet(server)
    silent.set(socket, performance.now() + patience)
  })
  setInterval(() => {
    const now = performance.now()
    for (const [socket, until] of silent) {
      if (until > now && !socket.destroyed) break
      silent.delete(socket)
      socket.destroy()
    }
  }, round).unref()
})
