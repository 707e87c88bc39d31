import { cidLength } from '#parley/bench/load/cids.ts'
import { frameHead } from '#parley/bench/load/frames.ts'
import { textBytes } from '#parley/bench/load/texts.ts'

/** A message of one peer, ready but for its cid and text; with the frame's header. */
export interface MessageFrame { beforeCid: string, beforeText: string, after: string }

/** How a system is spoken to. The JSON inside is the same for all of them; what differs is what stands around it. */
export interface Wire {
  name: WireName
  message(room: string): MessageFrame
  /** A frame of ours as this system takes it. */
  wrap(name: string, json: string): string
  /** Answers what belongs to the transport: the text to send, '' for nothing to send, undefined = not of the transport. */
  control(data: Buffer, start: number, end: number): string | undefined
  /** Path of the upgrade for a token, and what is said first. */
  entry(token: string): { path: string, headers: Record<string, string>, greeting?: string }
}

export type WireName = 'parley' | 'plain' | 'socket.io'

function messageFrame(room: string, before: string, after: string): MessageFrame {
  const beforeCid = `${before}{"type":"send","cid":"`
  const beforeText = `","conversation":"${room}","content":{"type":"text","text":"`
  const tail = `"}}${after}`
  return { beforeCid: frameHead(beforeCid.length + cidLength + beforeText.length + textBytes + tail.length) + beforeCid, beforeText, after: tail }
}

const bare = { wrap: (_name: string, json: string) => json, control: () => undefined, message: (room: string) => messageFrame(room, '', '') }

const parley: Wire = {
  name: 'parley',
  ...bare,
  entry: token => ({ path: `/_ws?token=${token}&appname=bench`, headers: { 'Sec-WebSocket-Protocol': 'parley.v1' } }),
}

const plain: Wire = {
  name: 'plain',
  ...bare,
  entry: token => ({ path: `/?token=${token}`, headers: {} }),
}

/** Engine.IO 4 over WebSocket only: `0` open, `2` ping, `3` pong; `40` connect, `42` event, `42<id>` event with an ack, `43<id>` ack. */
const socketIo: Wire = {
  name: 'socket.io',
  wrap: (name, json) => `42["${name}",${json}]`,
  message: room => messageFrame(room, '421["send",', ']'),
  control(data, start, end) {
    const [first, second] = [data[start], data[start + 1]]
    if (first === 0x32 && end - start === 1) return '3'
    if (first === 0x30 || (first === 0x34 && second === 0x30)) return ''
    return undefined
  },
  entry: token => ({ path: '/socket.io/?EIO=4&transport=websocket', headers: {}, greeting: `40{"token":"${token}"}` }),
}

export const wires: Record<WireName, Wire> = { 'parley': parley, 'plain': plain, 'socket.io': socketIo }
