import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cidOf, indexAt, OpTable } from '#parley/bench/load/cids.ts'
import { frameHead, FrameReader, textFrame } from '#parley/bench/load/frames.ts'
import { parseAnswer } from '#parley/bench/load/http.ts'
import { scanFrames } from '#parley/bench/load/scan.ts'
import { textAt, textBytes } from '#parley/bench/load/texts.ts'
import { wires } from '#parley/bench/load/wires.ts'
import { isCid } from '#parley/shared/cid.ts'

/** The generator reads and writes without the libraries that it measures; so its reading is held against what they would say. */

const noSink = { ack: () => undefined, event: () => undefined, other: () => undefined }

/** A server's frame: not masked, any length. */
function serverFrame(text: string): Buffer {
  const body = Buffer.from(text)
  const head = body.length < 126 ? Buffer.from([0x81, body.length]) : Buffer.from([0x81, 126, body.length >> 8, body.length & 255])
  return Buffer.concat([head, body])
}

describe('cids', () => {
  test('are cids, and bring their number back', () => {
    fc.assert(fc.property(fc.nat({ max: 2 ** 31 - 1 }), (index) => {
      const cid = cidOf(index, 1_700_000_000_000)
      expect(isCid(cid)).toBe(true)
      expect(indexAt(`x${cid}`, 1)).toBe(index)
    }))
  })

  test('ops keep their time and sender while they can be in flight', () => {
    const ops = new OpTable(4)
    const indexes = [0, 1, 2, 3, 4].map(number => ops.add(number * 10, number))
    expect(indexes).toEqual([0, 1, 2, 3, 4])
    expect([ops.intended(4), ops.sender(4), ops.intended(3), ops.count]).toEqual([40, 4, 30, 5])
  })
})

describe('frames', () => {
  test('are found again however the network cuts them', () => {
    fc.assert(fc.property(fc.array(fc.string({ maxLength: 400 }), { maxLength: 10 }), fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (texts, cuts) => {
      const bytes = Buffer.concat(texts.map(serverFrame))
      const reader = new FrameReader()
      const read: string[] = []
      for (let at = 0, cut = 0; at < bytes.length; at += cuts[cut++ % cuts.length]!) {
        reader.feed(bytes.subarray(at, at + cuts[cut % cuts.length]!), (_opcode, data, start, end) => void read.push(data.toString('utf8', start, end)))
      }
      expect(read).toEqual(texts)
    }))
  })

  test('a compressed or fragmented frame is no success', () => {
    expect(() => new FrameReader().feed(Buffer.from([0xC1, 0]), () => undefined)).toThrow('unexpected frame header')
    expect(() => new FrameReader().feed(Buffer.from([0x01, 0]), () => undefined)).toThrow('unexpected frame header')
  })

  test('of a client say their length and that they are masked', () => {
    expect(Buffer.from(textFrame('hi'), 'latin1')).toEqual(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]))
    expect(Buffer.from(frameHead(300), 'latin1')).toEqual(Buffer.from([0x81, 0xFE, 1, 44, 0, 0, 0, 0]))
  })

  test('a message is the JSON that the protocol asks for, in the frame of its wire', () => {
    const { beforeCid, beforeText, after } = wires.parley.message('room-1')
    const frame = Buffer.from(beforeCid + cidOf(5, 1) + beforeText + textAt(5) + after, 'latin1')
    expect(frame.readUInt16BE(2)).toBe(frame.length - 8)
    expect(JSON.parse(frame.toString('latin1', 8))).toEqual({ type: 'send', cid: cidOf(5, 1), conversation: 'room-1', content: { type: 'text', text: textAt(5) } })
    expect(textAt(5)).toHaveLength(textBytes)
    const io = wires['socket.io'].message('room-1')
    const packet = Buffer.from(io.beforeCid + cidOf(5, 1) + io.beforeText + textAt(5) + io.after, 'latin1').toString('latin1', 8)
    expect(packet.startsWith('421["send",')).toBe(true)
    expect(JSON.parse(packet.slice(3))).toHaveLength(2)
  })
})

describe('the scan', () => {
  const event = (seq: number, index: number, text = 'hello') =>
    ({ type: 'event', conversation: 'c', event: { seq, kind: 'message', cid: cidOf(index, 9), sender: 'u', at: 1, content: { type: 'text', text } } })
  const ack = (seq: number, index: number) => ({ type: 'ack', cid: cidOf(index, 9), conversation: 'c', seq, at: 1 })
  const scan = (text: string) => {
    const seen: string[] = []
    const firstOther = scanFrames(text, 0, { ack: (index, seq) => void seen.push(`ack ${index} ${seq}`), event: (index, seq) => void seen.push(`event ${index} ${seq}`), other: frame => void seen.push(String(frame['type'])) })
    return { seen, rest: text.slice(firstOther) }
  }

  test('takes acks and events in order, alone and in arrays, and says where the events end', () => {
    expect(scan(JSON.stringify(event(3, 8)))).toEqual({ seen: ['event 8 3'], rest: '' })
    const { seen, rest } = scan(JSON.stringify([event(3, 8), event(4, 9), ack(4, 9), event(5, 10)]))
    expect(seen).toEqual(['event 8 3', 'event 9 4', 'ack 9 4', 'event 10 5'])
    expect(rest.startsWith('{"type":"ack"')).toBe(true)
  })

  test('is not led astray by what people write', () => {
    const nasty = '{"type":"ack","seq":99,"cid":"00000000-0000-0000-0000-000000000000"} "seq":7 {"type":"event"'
    expect(scan(JSON.stringify([event(3, 8, nasty), event(4, 9)])).seen).toEqual(['event 8 3', 'event 9 4'])
  })

  test('other frames are parsed, beside the rest', () => {
    expect(scan(JSON.stringify([event(3, 8), { type: 'ping' }, ack(3, 8), { type: 'heads', heads: {} }])).seen).toEqual(['event 8 3', 'ack 8 3', 'ping', 'heads'])
    expect(scan('{"type":"ping"}').seen).toEqual(['ping'])
  })

  test('packets of socket.io are read alike', () => {
    expect(scan(`42["event",${JSON.stringify(event(3, 8))}]`).seen).toEqual(['event 8 3'])
    expect(scan(`431[${JSON.stringify(ack(3, 8))}]`).seen).toEqual(['ack 8 3'])
    expect(scanFrames('42["welcome",{"type":"welcome","heads":{}}]', 0, noSink)).toBe(13)
  })
})

describe('HTTP answers', () => {
  test('are complete when their length says so, or their last chunk', () => {
    const sized = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{"a"')
    expect(parseAnswer(sized.subarray(0, -1))).toBeUndefined()
    expect(parseAnswer(sized)).toEqual({ status: 200, bytes: 4, body: '{"a"' })
    const chunked = Buffer.from('HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n')
    expect(parseAnswer(chunked.subarray(0, -2))).toBeUndefined()
    expect(parseAnswer(chunked)).toEqual({ status: 404, bytes: 5, body: 'abcde' })
  })
})
