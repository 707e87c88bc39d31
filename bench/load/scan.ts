import { cidLength, indexAt } from '#parley/bench/load/cids.ts'

/** What a receiver takes from a message. */
export interface FrameSink {
  ack(index: number, seq: number): void
  event(index: number, seq: number): void
  /** Any other frame, or a message that holds one: parsed as JSON. */
  other(frame: Record<string, unknown>): void
}

const mark = '{"type":"'

function numberAt(text: string, at: number): number {
  let value = 0
  for (let place = at; ; place++) {
    const digit = text.charCodeAt(place) - 48
    if (digit < 0 || digit > 9 || Number.isNaN(digit)) return value
    value = value * 10 + digit
  }
}

function parseOthers(text: string, sink: FrameSink): void {
  // socket.io puts a packet type, maybe an ack id, and the event's name before the data.
  const start = text.search(/[[{]/)
  const value: unknown = JSON.parse(text.slice(start))
  for (const frame of Array.isArray(value) ? value : [value]) {
    if (typeof frame !== 'object' || frame === null || frame.type === 'ack' || frame.type === 'event') continue
    sink.other(frame)
  }
}

/**
 * Reads acks and events by their fields without parsing the JSON around them: a generator that parses costs as much as the server.
 * Every text of a message is JSON-escaped, so `"seq":` and `"cid":"` stand nowhere but in the frame itself.
 *
 * @param from where the unread part begins
 * @returns where the first frame stands that is no event; the length of the text if all are
 */
export function scanFrames(text: string, from: number, sink: FrameSink): number {
  let firstOther = -1
  let others = false
  let at = text.indexOf(mark, from)
  while (at >= 0) {
    const kind = text.charCodeAt(at + mark.length)
    if (kind === 101 && text.startsWith('event"', at + mark.length)) {
      const seq = numberAt(text, text.indexOf('"seq":', at) + 6)
      const cid = text.indexOf('"cid":"', at) + 7
      sink.event(indexAt(text, cid), seq)
      at = cid + cidLength
    }
    else if (kind === 97 && text.startsWith('ack"', at + mark.length)) {
      if (firstOther < 0) firstOther = at
      const seq = numberAt(text, text.indexOf('"seq":', at) + 6)
      const cid = text.indexOf('"cid":"', at) + 7
      sink.ack(indexAt(text, cid), seq)
      at = Math.max(cid + cidLength, at + mark.length)
    }
    else if (text.startsWith('text"', at + mark.length)) {
      at += mark.length
    }
    else {
      if (firstOther < 0) firstOther = at
      others = true
      at += mark.length
    }
    at = text.indexOf(mark, at)
  }
  if (others) parseOthers(text, sink)
  return firstOther < 0 ? text.length : firstOther
}
