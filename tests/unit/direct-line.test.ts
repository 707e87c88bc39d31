import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import type { Peer } from 'crossws'
import nodeAdapter from 'crossws/adapters/node'
import { afterEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { TextMessage } from '#parley/server/chat/encoding.ts'
import type { ServerSocket } from '#parley/server/chat/ports.ts'
import { directLine } from '#parley/server/utils/direct-line.ts'
import { peerSocket } from '#parley/server/utils/peer-socket.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** A server that hands out its one peer, and a client. */
async function connected(): Promise<{ peer: Peer, socket: ServerSocket, client: WebSocket, received: string[] }> {
  const opened = Promise.withResolvers<{ peer: Peer, socket: ServerSocket }>()
  const adapter = nodeAdapter({ hooks: { open: peer => opened.resolve({ peer, socket: peerSocket(peer, silent) }) }, serverOptions: { perMessageDeflate: false } })
  const server = createServer()
  server.on('upgrade', (request, socket, head) => void adapter.handleUpgrade(request, socket, head))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  ends.push(() => client.terminate(), () => void server.close())
  const received: string[] = []
  client.on('message', data => received.push(String(data)))
  const [made] = await Promise.all([opened.promise, once(client, 'open')])
  return { ...made, client, received }
}

it('[T3] the adapter lets frames be written straight to its connection; renew direct-line.ts when this fails', async () => {
  const { peer } = await connected()
  expect(directLine(peer)).toBeDefined()
})

it('[T3] a message is one write, the same bytes for all who get it, and keeps its place among other frames', async () => {
  const [one, two] = [await connected(), await connected()]
  const writes: unknown[] = []
  for (const { peer } of [one, two]) {
    const connection = directLine(peer)?.connection as Socket
    const write = connection.write.bind(connection)
    connection.write = ((chunk: Uint8Array) => {
      writes.push(chunk)
      return write(chunk)
    }) as Socket['write']
  }
  const message = new TextMessage('grüße')
  for (const { socket } of [one, two]) socket.send(message)
  expect(writes).toEqual([message.frame, message.frame])
  expect(writes[0]).toBe(writes[1])
  one.socket.close(1000, 'done')
  one.socket.send(new TextMessage('too late'))
  const [code] = await once(one.client, 'close') as [number]
  expect(code).toBe(1000)
  expect(one.received).toEqual(['grüße'])
})

it('[L3] what a peer does not take is counted, and holds no memory but its own', async () => {
  const { peer, socket, client, received } = await connected()
  const connection = directLine(peer)?.connection as Socket
  client.pause()
  const large = new TextMessage('x'.repeat(1024 * 1024))
  while (socket.bufferedAmount === 0) socket.send(large)
  const held: Uint8Array[] = []
  const write = connection.write.bind(connection)
  connection.write = ((chunk: Uint8Array) => {
    held.push(chunk)
    return write(chunk)
  }) as Socket['write']
  const before = socket.bufferedAmount
  const small = new TextMessage('small')
  socket.send(small)
  expect(socket.bufferedAmount - before).toBe(7)
  expect(held.map(chunk => chunk.buffer.byteLength)).toEqual([7])
  client.resume()
  while (received.at(-1) !== 'small') await once(client, 'message')
})
