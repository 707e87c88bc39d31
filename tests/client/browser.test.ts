import { afterEach, describe, expect, it, vi } from 'vitest'
import { browserHttp } from '#parley/client/browser-http.ts'
import { openWebSocket } from '#parley/client/web-socket.ts'

afterEach(() => vi.unstubAllGlobals())

interface Call { url: string, init: RequestInit }

function answering(answer: () => Response | Promise<Response>): Call[] {
  const calls: Call[] = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    calls.push({ url, init })
    return answer()
  })
  return calls
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}) => () => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
const html = (status: number, headers: Record<string, string> = {}) => () => new Response('<h1>Welcome to the hotel</h1>', { status, headers: { 'content-type': 'text/html', ...headers } })
const ticket = () => browserHttp('https://p.test').ticket(new AbortController().signal)

describe('ticket call', () => {
  it('[A1] gives the token, by POST with the cookie', async () => {
    const calls = answering(json(201, { token: 'abc', expiresIn: 30 }))
    expect(await ticket()).toEqual({ kind: 'ticket', token: 'abc' })
    expect(calls[0]).toMatchObject({ url: 'https://p.test/api/ws/ticket', init: { method: 'POST', credentials: 'same-origin' } })
  })

  it('[F23] [F24] tells signed out from a portal, and obeys whoever says Retry-After', async () => {
    const table: [() => Response | Promise<Response>, object][] = [
      [json(401, {}), { kind: 'signed-out' }],
      [html(401), { kind: 'unreachable' }],
      [html(200), { kind: 'unreachable' }],
      [html(502), { kind: 'unreachable' }],
      [json(200, { hello: 'portal' }), { kind: 'unreachable' }],
      [json(429, {}, { 'retry-after': '7' }), { kind: 'busy', retryAfter: 7_000 }],
      [html(503, { 'retry-after': '2' }), { kind: 'busy', retryAfter: 2_000 }],
      [json(503, {}), { kind: 'busy' }],
      [json(503, {}, { 'retry-after': 'soon' }), { kind: 'busy' }],
      [() => Promise.reject(new TypeError('network')), { kind: 'unreachable' }],
    ]
    for (const [answer, expected] of table) {
      answering(answer)
      expect(await ticket()).toEqual(expected)
    }
  })
})

describe('other calls', () => {
  it('ok, refused with its code, unreachable; never thrown', async () => {
    const http = browserHttp('')
    answering(json(200, { conversations: [] }))
    expect(await http.conversations()).toEqual({ kind: 'ok', value: { conversations: [] } })
    answering(json(404, { statusCode: 404, message: '', data: { code: 'not_found' } }))
    expect(await http.conversation('x')).toEqual({ kind: 'refused', status: 404, code: 'not_found' })
    for (const answer of [json(500, {}), html(200), html(404), () => new Response('{broken', { headers: { 'content-type': 'application/json' } })]) {
      answering(answer)
      expect(await http.conversations()).toEqual({ kind: 'unreachable' })
    }
  })

  it('[Y3] addresses, with ids escaped', async () => {
    const calls = answering(json(200, {}))
    const http = browserHttp('')
    await http.history('a/b', { before: 5, limit: 50 })
    await http.users(['x', 'y&z'])
    expect(calls.map(call => call.url)).toEqual(['/api/conversations/a%2Fb/messages?before=5&limit=50', '/api/users?ids=x,y%26z'])
  })
})

class StubSocket {
  static readonly OPEN = 1
  static last: StubSocket
  readyState = 0
  bufferedAmount = 0
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number, reason: string }) => void) | null = null
  readonly sent: string[] = []
  readonly closed: unknown[][] = []

  constructor() {
    StubSocket.last = this
  }

  send(text: string): void {
    this.sent.push(text)
  }

  close(...args: unknown[]): void {
    this.closed.push(args)
  }
}

describe('browser socket', () => {
  function open() {
    vi.stubGlobal('WebSocket', StubSocket)
    const log: string[] = []
    const socket = openWebSocket('ws://x', ['parley.v1'], { open: () => log.push('open'), message: text => log.push(text), close: code => log.push(`close ${code}`) })
    return { socket, log, raw: StubSocket.last }
  }

  it('hands on text, ignores binary, and sends only while open (B4)', () => {
    const { socket, log, raw } = open()
    socket.send('too early')
    raw.readyState = 1
    raw.onopen?.()
    raw.onmessage?.({ data: 'hello' })
    raw.onmessage?.({ data: new Uint8Array(1) })
    socket.send('x')
    raw.onclose?.({ code: 1006, reason: '' })
    expect(log).toEqual(['open', 'hello', 'close 1006'])
    expect(raw.sent).toEqual(['x'])
  })

  it('[R11] after abandon no handler is left, and the link is closed', () => {
    const { socket, log, raw } = open()
    socket.abandon(4000, 'stale')
    expect([raw.onopen, raw.onmessage, raw.onclose]).toEqual([null, null, null])
    expect(raw.closed).toEqual([[4000, 'stale']])
    expect(log).toEqual([])
  })

  it('a constructor that throws is a socket that closes at once, unless abandoned', async () => {
    vi.stubGlobal('WebSocket', class extends StubSocket {
      constructor() {
        super()
        throw new DOMException('blocked', 'SecurityError')
      }
    })
    const log: number[] = []
    const handlers = { open() {}, message() {}, close: (code: number) => void log.push(code) }
    openWebSocket('ws://x', [], handlers)
    openWebSocket('ws://x', [], handlers).abandon(4000, 'stale')
    await Promise.resolve()
    expect(log).toEqual([1006])
  })
})
