import { subscribe } from 'node:diagnostics_channel'
import { Server } from 'node:http'
import { Socket } from 'node:net'

/** Ms in which a new connection must have said what it wants; a browser needs one round trip. */
const patience = 10_000

const socketOf = (message: unknown): Socket | undefined => {
  const socket: unknown = typeof message === 'object' && message !== null && 'socket' in message ? message.socket : undefined
  return socket instanceof Socket ? socket : undefined
}

/**
 * Ends connections that come and do not finish their first request (F49): thousands of them cost an attacker nothing and the server a
 * file descriptor each. Node would wait a minute and look every 30 s, and Nitro, which makes the server, passes no options to it; so
 * connections are met where Node announces them.
 */
export default defineNitroPlugin(() => {
  if (import.meta.dev || import.meta.prerender) return
  const heard = new WeakSet<Socket>()
  const servers = new WeakSet<Server>()
  const meet = (server: Server): void => {
    if (servers.has(server)) return
    servers.add(server)
    // For the second and later requests of a connection.
    server.headersTimeout = patience
    // A WebSocket upgrade is not announced as a request.
    server.prependListener('upgrade', (_request, socket) => void (socket instanceof Socket && heard.add(socket)))
  }
  subscribe('http.server.request.start', (message) => {
    const socket = socketOf(message)
    if (socket) heard.add(socket)
  })
  subscribe('net.server.socket', (message) => {
    const socket = socketOf(message)
    const server: unknown = socket && Reflect.get(socket, 'server')
    if (socket === undefined || !(server instanceof Server)) return
    meet(server)
    const timer = setTimeout(() => void (heard.has(socket) || socket.destroy()), patience)
    timer.unref()
    socket.once('close', () => clearTimeout(timer))
  })
})
