import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { FrameReader, textFrame } from '#parley/bench/load/frames.ts'
import { cidOf } from '#parley/bench/load/cids.ts'
import type { OpTable } from '#parley/bench/load/cids.ts'
import { scanFrames } from '#parley/bench/load/scan.ts'
import type { FrameSink } from '#parley/bench/load/scan.ts'
import type { Room } from '#parley/bench/load/room.ts'
import { textAt } from '#parley/bench/load/texts.ts'
import type { MessageFrame, Wire } from '#parley/bench/load/wires.ts'
import { ReceiverCheck } from '#parley/bench/measure/delivery-check.ts'
import type { Faults, RoomLedger } from '#parley/bench/measure/delivery-check.ts'
import type { Histogram } from '#parley/bench/measure/histogram.ts'

/** Latencies of the ops from number `from` on. */
export interface LatencyRecord { from: number, acks: Histogram, deliveries: Histogram }

/** What all peers of a generator share. */
export interface Shared {
  port: number
  wire: Wire
  ops: OpTable
  faults: Faults
  /** Where latencies go; undefined = they are not measured now. */
  latency: LatencyRecord | undefined
  /** Counted since the start. */
  acked: number
  /** Events at others than their sender. */
  delivered: number
  rejected: number
  /** How often a peer was told that events had been withheld from it, and pulled. */
  lagged: number
  /** Peers that were closed by the server. */
  closed: string[]
  /** An op of this peer was acknowledged. */
  onAck: (peer: Peer) => void
  /** What a page of missed events brought, and whether there is more (P4). */
  onPage: (peer: Peer) => void
}

/** One reading buffer for all connections: each read is taken apart before the next one begins. */
const readBuffer = Buffer.allocUnsafe(256 * 1024)

const upgradeOf = (path: string, headers: Record<string, string>): string =>
  [`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n')

/** One simulated user on one WebSocket: sends, answers heartbeats, and holds what it receives against the log's rules. */
export class Peer implements FrameSink {
  readonly number: number
  readonly room: Room
  readonly #shared: Shared
  readonly #frame: MessageFrame
  readonly #reader = new FrameReader()
  #socket: Socket | undefined
  #head: Buffer | undefined = Buffer.alloc(0)
  #check: ReceiverCheck | undefined
  #ledger: RoomLedger | undefined
  #settle: ((fault?: Error) => void) | undefined
  /** `performance.now()` of the bytes that are being read. */
  #now = 0
  #indexes: number[] = []
  #first = 0
  #last = 0
  #acking = false
  #from: number | undefined
  #greeting: string | undefined

  constructor(number: number, room: Room, shared: Shared) {
    this.number = number
    this.room = room
    this.#shared = shared
    this.#frame = shared.wire.message(room.id)
  }

  /** Resolves when the server has welcomed this peer. @param from the seq it holds already; by default, what the welcome says */
  open(path: string, headers: Record<string, string>, greeting?: string, from?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = fault => (fault ? reject(fault) : resolve())
      this.#from = from
      this.#greeting = greeting
      const socket = connect({
        port: this.#shared.port, host: '127.0.0.1', noDelay: true,
        onread: { buffer: readBuffer, callback: (bytes: number) => this.#read(bytes) },
      })
      this.#socket = socket
      socket.on('connect', () => socket.write(upgradeOf(path, headers), 'latin1'))
      socket.on('error', error => this.#gone(error.message))
      socket.on('close', () => this.#gone('connection closed'))
    })
  }

  /** Sends one message that was meant to be sent at `intended` (`performance.now()`). */
  send(intended: number): void {
    const index = this.#shared.ops.add(intended, this.number)
    const { beforeCid, beforeText, after } = this.#frame
    this.#socket?.write(beforeCid + cidOf(index, Date.now()) + beforeText + textAt(index) + after, 'latin1')
  }

  /** Sends any frame of this wire. */
  say(text: string): void {
    this.#socket?.write(textFrame(text), 'latin1')
  }

  /** Last seq up to which this peer has everything. */
  get cursor(): number {
    return this.#check?.cursor ?? 0
  }

  /** Counts what is missing and leaves; nothing that comes later matters. */
  finish(): void {
    this.#check?.finish(this.room.head)
    this.leave()
  }

  leave(): void {
    this.#settle = () => undefined
    this.#socket?.removeAllListeners('close')
    this.#socket?.destroy()
    this.#socket = undefined
  }

  ack(index: number, seq: number): void {
    this.#acking = true
    this.#shared.acked += 1
    this.#ledger?.note(seq, index)
    const { latency, ops } = this.#shared
    if (latency && index >= latency.from) latency.acks.record(this.#now - ops.intended(index))
    this.#shared.onAck(this)
  }

  event(index: number, seq: number): void {
    if (!this.#acking) {
      if (this.#indexes.length === 0) this.#first = seq
      this.#last = seq
      this.#indexes.push(index)
    }
    this.#ledger?.note(seq, index)
    this.#take(index, seq)
  }

  other(frame: Record<string, unknown>): void {
    if (frame['type'] === 'ping') this.say('{"type":"pong"}')
    else if (frame['type'] === 'welcome') this.#welcome(frame['heads'] as Record<string, [number]>)
    else if (frame['type'] === 'heads') this.#pull(frame['heads'] as Record<string, [number]>)
    else if (frame['type'] === 'page') this.#page(frame['events'] as { cid: string, seq: number }[], frame['more'] === true)
    else if (frame['type'] === 'reject' || frame['type'] === 'error') this.#shared.rejected += 1
  }

  /** Asks for what came after `after` (Y1). */
  pull(after: number): void {
    this.say(this.#shared.wire.wrap('sync', `{"type":"sync","ref":1,"conversation":"${this.room.id}","after":${after},"whole":true}`))
  }

  #take(index: number, seq: number): void {
    this.#check?.receive(seq)
    this.#count(index)
  }

  #count(index: number): void {
    const { ops, latency } = this.#shared
    if (ops.sender(index) === this.number) return
    this.#shared.delivered += 1
    if (latency && index >= latency.from) latency.deliveries.record(this.#now - ops.intended(index))
  }

  #welcome(heads: Record<string, [number]>): void {
    const head = heads[this.room.id]?.[0] ?? 0
    this.#check = new ReceiverCheck(this.#from ?? head, this.#shared.faults)
    this.#ledger = this.room.ledger(head, this.#shared.faults)
    this.#settle?.()
  }

  /** L3: events were withheld from a slow reader; it is told the heads and pulls. */
  #pull(heads: Record<string, [number]>): void {
    const head = heads[this.room.id]?.[0]
    if (head === undefined || head <= this.cursor) return
    this.#shared.lagged += 1
    this.pull(this.cursor)
  }

  #page(events: readonly { cid: string, seq: number }[], more: boolean): void {
    for (const { seq } of events) this.#check?.fill(seq)
    if (more) this.pull(this.cursor)
    else this.#shared.onPage(this)
  }

  #read(bytes: number): boolean {
    this.#now = performance.now()
    const chunk = readBuffer.subarray(0, bytes)
    try {
      if (this.#head === undefined) this.#feed(chunk)
      else this.#upgraded(Buffer.concat([this.#head, chunk]))
    }
    catch (error) {
      this.#gone(String(error))
    }
    return true
  }

  #feed(chunk: Buffer): void {
    this.#reader.feed(chunk, (opcode, data, start, end) => {
      if (opcode === 1) this.#text(data, start, end)
      else if (opcode === 8) this.#gone(`closed with ${end - start >= 2 ? data.readUInt16BE(start) : 1005}`)
      else if (opcode === 9) this.#socket?.write(Buffer.from([0x8A, 0x80, 0, 0, 0, 0]))
    })
  }

  #upgraded(head: Buffer): void {
    const end = head.indexOf('\r\n\r\n')
    this.#head = head
    if (end < 0) return
    const status = head.toString('latin1', 9, 12)
    if (status !== '101') throw new Error(`upgrade answered ${status}`)
    this.#head = undefined
    if (this.#greeting !== undefined) this.say(this.#greeting)
    if (end + 4 < head.length) this.#feed(head.subarray(end + 4))
  }

  #text(data: Buffer, start: number, end: number): void {
    const { room } = this
    const control = this.#shared.wire.control(data, start, end)
    if (control !== undefined) {
      if (control !== '') this.say(control)
      return
    }
    const run = room.size > 2 ? room.recent.find(({ bytes }) => bytes.length <= end - start && data.compare(bytes, 0, bytes.length, start, start + bytes.length) === 0) : undefined
    let from = start
    if (run) {
      this.#check?.receiveRun(run.first, run.last)
      for (const index of run.indexes) this.#count(index)
      from = start + run.bytes.length
      if (end - from <= 1) return
    }
    this.#acking = run !== undefined
    this.#indexes = []
    const firstOther = scanFrames(data.toString('latin1', start, end), from - start, this)
    if (room.size > 2 && this.#indexes.length > 0 && this.#last - this.#first + 1 === this.#indexes.length) {
      // Without what closes the array or goes on behind the events, so that a message with an ack behind the same events matches too.
      const tail = data[start] === 0x5B ? 1 : 0
      room.remember({ bytes: Buffer.from(data.subarray(start, start + firstOther - tail)), first: this.#first, last: this.#last, indexes: this.#indexes })
    }
  }

  #gone(reason: string): void {
    if (this.#socket === undefined) return
    this.#shared.closed.push(reason)
    this.#settle?.(new Error(reason))
    this.leave()
  }
}
