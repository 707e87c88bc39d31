import { once } from 'node:events'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { takeWholeTexts } from '#parley/server/utils/whole-texts.ts'
import type { FrameReceiver } from '#parley/server/utils/whole-texts.ts'

const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 64 * 1024, maxFragments: 16 })

/** A server's socket on a connection that lives in memory: what it hears of the chunks that come in, and what it closes with. */
class Listener {
  readonly heard: string[] = []
  /** Texts that did not pass the receiver. */
  direct = 0
  readonly #wire = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  readonly #socket: WebSocket

  constructor(way: 'direct' | 'receiver') {
    const request = new IncomingMessage(new Socket())
    request.method = 'GET'
    Object.assign(request.headers, { 'upgrade': 'websocket', 'connection': 'Upgrade', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' })
    const opened: WebSocket[] = []
    server.handleUpgrade(request, this.#wire, Buffer.alloc(0), socket => void opened.push(socket))
    this.#socket = opened[0]!
    this.#socket.on('message', (data, binary) => this.heard.push(`${binary ? 'binary' : 'text'} ${String(data)}`))
    this.#socket.on('ping', data => this.heard.push(`ping ${String(data)}`))
    this.#socket.on('error', error => this.heard.push(`error ${error.message}`))
    this.#socket.on('close', code => this.heard.push(`close ${code}`))
    if (way === 'receiver') return
    takeWholeTexts(Reflect.get(this.#socket, '_receiver') as FrameReceiver, (text) => {
      this.direct++
      this.heard.push(`text ${text}`)
    })
  }

  /** Everything that is heard of these chunks, one read after the other. */
  async hear(chunks: readonly Buffer[]): Promise<string[]> {
    for (const chunk of chunks) {
      this.#wire.push(chunk)
      await new Promise(setImmediate)
    }
    this.#wire.destroy()
    if (this.#socket.readyState !== 3) await once(this.#socket, 'close')
    return this.heard
  }
}

interface Frame { first: number, masked: boolean, key: readonly number[], payload: Uint8Array }

function bytesOf({ first, masked, key, payload }: Frame): Buffer {
  const length = payload.length < 126 ? [payload.length] : payload.length < 0x1_0000 ? [126, payload.length >> 8, payload.length & 0xFF] : [127, 0, 0, 0, 0, 0, payload.length >> 16, (payload.length >> 8) & 0xFF, payload.length & 0xFF]
  const head = [first, length[0]! | (masked ? 0x80 : 0), ...length.slice(1), ...masked ? key : []]
  return Buffer.concat([Buffer.from(head), masked ? payload.map((byte, at) => byte ^ key[at & 3]!) : payload])
}

const utf8 = (text: string) => new TextEncoder().encode(text)
const payloads = fc.oneof(
  { weight: 6, arbitrary: fc.string({ maxLength: 200 }).map(utf8) },
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 80 }).map(utf8) },
  { weight: 1, arbitrary: fc.constantFrom(new Uint8Array(), Uint8Array.of(0xC0, 0x80), Uint8Array.of(0xED, 0xA0, 0x80), Uint8Array.of(0x61, 0xFF), utf8('x'.repeat(70_000)), utf8('字'.repeat(21_845))) },
)
const frames = fc.record<Frame>({
  // Whole texts, mostly; fragments, other frames, and what breaks a rule.
  first: fc.oneof({ weight: 8, arbitrary: fc.constant(0x81) }, { weight: 2, arbitrary: fc.constantFrom(0x82, 0x89, 0x8A, 0x01, 0x80, 0x00) }, { weight: 1, arbitrary: fc.constantFrom(0x88, 0xC1, 0x91, 0x83) }),
  masked: fc.oneof({ weight: 20, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  key: fc.oneof(fc.constant([0, 0, 0, 0]), fc.array(fc.nat(255), { minLength: 4, maxLength: 4 })),
  payload: payloads,
})

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set([0, ...places.map(place => place % (bytes.length + 1)), bytes.length])].toSorted((a, b) => a - b)
  return at.slice(1).map((end, index) => Buffer.from(bytes.subarray(at[index]!, end)))
}

describe('whole texts without the receiver', () => {
  it('[T3] [T4] [T6] whatever comes, in whatever pieces, is heard as the receiver would hear it', async () => {
    let direct = 0
    await fc.assert(fc.asyncProperty(fc.array(frames, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 6 }), fc.boolean(), async (sent, places, apart) => {
      const bytes = sent.map(frame => bytesOf(frame))
      const chunks = apart ? bytes : cut(Buffer.concat(bytes), places)
      const [own, plain] = [new Listener('direct'), new Listener('receiver')]
      const expected = await plain.hear(chunks.map(chunk => Buffer.from(chunk)))
      expect(await own.hear(chunks)).toEqual(expected)
      direct += own.direct
    }), { numRuns: 300 })
    expect(direct).toBeGreaterThan(100)
  })

  it('[T3] the rest of a head is not taken for a frame', async () => {
    const key = [0x81, 0xE0, 2, 3]
    const bytes = Buffer.concat([1, 2].map(() => bytesOf({ first: 0x81, masked: true, key, payload: utf8('x') })))
    expect((await new Listener('direct').hear([bytes.subarray(0, 1), bytes.subarray(1)])).slice(0, 2)).toEqual(['text x', 'text x'])
  })

  it('a whole text does not pass the receiver', async () => {
    const own = new Listener('direct')
    const text = (payload: string): Frame => ({ first: 0x81, masked: true, key: [1, 2, 3, 4], payload: utf8(payload) })
    await own.hear([Buffer.concat([bytesOf(text('one')), bytesOf(text('zwölf'.repeat(100)))]), bytesOf(text('three'))])
    expect(own.direct).toBe(3)
  })
})
