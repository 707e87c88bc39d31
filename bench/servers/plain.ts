import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { ackJson, checkSend, eventJson, missedEvents, roomName, roomOfUser, userName, userOfToken, welcomeOf } from '#parley/bench/servers/rooms.ts'
import type { StoredEvent } from '#parley/bench/servers/rooms.ts'

/**
 * Controls on bare `ws`, which store nothing: what Node can do at all.
 *   string     a text per receiver, as most people write it
 *   prebuilt   the frame is built once per message and written to every socket
 *   coalesced  what one turn of the event loop brings leaves as one array per receiver, built once per room
 */
const { values } = parseArgs({ options: { form: { type: 'string' }, users: { type: 'string' }, room: { type: 'string' }, missed: { type: 'string', default: '0' } } })
const plan = { users: Number(values.users), roomSize: Number(values.room), missed: Number(values.missed) }

interface Member { socket: WebSocket, raw: Socket, room: Room, user: string, acks: string[] }
interface Room { name: string, head: number, members: Set<Member>, recent: StoredEvent[], pending: string[] }

const rooms = new Map<number, Room>()
function roomAt(number: number): Room {
  let room = rooms.get(number)
  if (!room) {
    const recent = missedEvents(number, plan)
    room = { name: roomName(number), head: recent.length, members: new Set(), recent, pending: [] }
    rooms.set(number, room)
  }
  return room
}

/** One unfragmented text frame, unmasked, ready to be written. */
function frameOf(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(start + length)
  frame[0] = 0x81
  frame[1] = start === 2 ? length : start === 4 ? 126 : 127
  if (start === 4) frame.writeUInt16BE(length, 2)
  if (start === 10) frame.writeBigUInt64BE(BigInt(length), 2)
  frame.write(text, start)
  return frame
}

type Deliver = (room: Room, sender: Member, event: string, ack: string) => void

const deliverStrings: Deliver = (room, sender, event, ack) => {
  sender.socket.send(ack)
  for (const { socket } of room.members) socket.send(event)
}

const deliverPrebuilt: Deliver = (room, sender, event, ack) => {
  sender.raw.write(frameOf(ack))
  const frame = frameOf(event)
  for (const { raw } of room.members) raw.write(frame)
}

const touched = new Set<Room>()

function flushRoom(room: Room): void {
  const { pending } = room
  room.pending = []
  const frames: Buffer[] = []
  for (let at = 0; at < pending.length; at += 64) frames.push(frameOf(`[${pending.slice(at, at + 64).join(',')}]`))
  const frame = frames.length === 1 ? frames[0]! : Buffer.concat(frames)
  for (const member of room.members) {
    const { acks } = member
    if (acks.length > 0) member.acks = []
    member.raw.write(acks.length === 0 ? frame : Buffer.concat([frame, frameOf(`[${acks.join(',')}]`)]))
  }
}

const deliverTogether: Deliver = (room, sender, event, ack) => {
  if (touched.size === 0) {
    setImmediate(() => {
      const all = [...touched]
      touched.clear()
      for (const one of all) flushRoom(one)
    })
  }
  touched.add(room)
  room.pending.push(event)
  sender.acks.push(ack)
}

const forms: Record<string, Deliver> = { string: deliverStrings, prebuilt: deliverPrebuilt, coalesced: deliverTogether }
const deliver = forms[values.form ?? '']
if (deliver === undefined) throw new Error('--form is string, prebuilt or coalesced')

function receive(member: Member, text: string): void {
  const { room } = member
  const value: unknown = JSON.parse(text)
  const send = checkSend(value, room.name)
  if (!send) {
    const { type, after = 0 } = value as { type?: string, after?: number }
    if (type === 'sync') member.socket.send(JSON.stringify({ type: 'page', ref: 1, conversation: room.name, events: room.recent.filter(({ seq }) => seq > after), head: room.head, more: false }))
    else member.socket.send('{"type":"error","code":"bad_frame"}')
    return
  }
  const event: StoredEvent = { seq: ++room.head, kind: 'message', cid: send.cid, sender: member.user, at: Date.now(), content: send.content }
  room.recent.push(event)
  if (room.recent.length > 64) room.recent.shift()
  deliver!(room, member, eventJson(room.name, event), ackJson(room.name, event))
}

const server = createServer()
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false, maxPayload: 64 * 1024 })
server.on('upgrade', (request, raw: Socket, head) => {
  const user = userOfToken(new URLSearchParams(request.url?.split('?')[1]).get('token') ?? '')
  if (user === undefined) return void raw.end('HTTP/1.1 401 Unauthorized\r\n\r\n')
  sockets.handleUpgrade(request, raw, head, (socket) => {
    const member: Member = { socket, raw, room: roomAt(roomOfUser(user, plan)), user: userName(user), acks: [] }
    member.room.members.add(member)
    socket.on('message', data => receive(member, data.toString()))
    socket.on('close', () => member.room.members.delete(member))
    socket.on('error', () => undefined)
    socket.send(JSON.stringify(welcomeOf(member.room.name, member.room.head)))
  })
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
})
