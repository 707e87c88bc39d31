import { createServer } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Server } from 'socket.io'
import { openDurableLog } from '#parley/bench/servers/durable-log.ts'
import { checkSend, missedEvents, roomName, roomOfUser, userName, userOfToken, welcomeOf } from '#parley/bench/servers/rooms.ts'
import type { StoredEvent } from '#parley/bench/servers/rooms.ts'

/**
 * socket.io 4 as its users would build this well: WebSocket only, rooms, acks by callback, the request object dropped after the
 * handshake as its manual advises, prepared statements. `--commit=each` as in its tutorial, `--commit=group` with one commit for all
 * messages of a turn.
 */
const { values } = parseArgs({ options: { commit: { type: 'string' }, users: { type: 'string' }, room: { type: 'string' }, missed: { type: 'string', default: '0' }, data: { type: 'string' } } })
const plan = { users: Number(values.users), roomSize: Number(values.room), missed: Number(values.missed) }
const log = openDurableLog(join(values.data ?? '.', 'chat.db'), values.commit === 'group')

function seed(): void {
  for (let room = 0; plan.missed > 0 && room < Math.ceil(plan.users / plan.roomSize); room++) {
    for (const { cid, sender, content } of missedEvents(room, plan)) log.append(room, { cid, sender, user: room * plan.roomSize, text: content.text }, () => undefined)
  }
}

const server = createServer((request, response) => {
  // GET /history/<room>?before=<seq>: a page as an own handler would give it.
  const [, room, before] = /^\/history\/(\d+)\?before=(\d+)$/.exec(request.url ?? '') ?? []
  if (room === undefined) return void response.writeHead(404).end()
  const body = JSON.stringify({ messages: log.before(Number(room), Number(before), 50), head: log.head(Number(room)) })
  response.writeHead(200, { 'content-type': 'application/json' }).end(body)
})
const io = new Server(server, { transports: ['websocket'], serveClient: false, perMessageDeflate: false, maxHttpBufferSize: 64 * 1024 })
io.engine.on('connection', (raw: { request: unknown }) => {
  raw.request = null
})
io.use((socket, next) => {
  const user = userOfToken(String(socket.handshake.auth['token'] ?? ''))
  socket.data = { user }
  next(user === undefined ? new Error('unauthorized') : undefined)
})
io.on('connection', (socket) => {
  const user = (socket.data as { user: number }).user
  const sender = userName(user)
  const number = roomOfUser(user, plan)
  const room = roomName(number)
  void socket.join(room)
  socket.on('send', (value: unknown, acknowledge: (answer: object) => void) => {
    const send = checkSend(value, room)
    if (!send) return acknowledge({ type: 'error', code: 'bad_frame' })
    log.append(number, { cid: send.cid, sender, user, text: send.content.text }, (event: StoredEvent) => {
      acknowledge({ type: 'ack', cid: event.cid, conversation: room, seq: event.seq, at: event.at })
      io.to(room).emit('event', { type: 'event', conversation: room, event })
    })
  })
  socket.on('sync', ({ after }: { after: number }) => {
    socket.emit('page', { type: 'page', ref: 1, conversation: room, events: log.after(number, after, 200), head: log.head(number), more: false })
  })
  socket.emit('welcome', welcomeOf(room, log.head(number)))
})
seed()
setImmediate(() => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
}))
