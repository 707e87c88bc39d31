import { createECDH, createPublicKey, randomBytes, verify, createDecipheriv, hkdfSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PushPayload } from '#parley/shared/notifications.ts'

export interface ReceivedPush {
  path: string
  headers: IncomingHttpHeaders
  payload: PushPayload
  /** Claims of the VAPID token, whose signature was right; undefined: it was not. */
  vapid: { aud: string, exp: number, sub: string } | undefined
  vapidKey: string
}

/** A browser's half of a subscription. */
export interface BrowserKeys { p256dh: string, auth: string, decrypt(body: Buffer): string }

/** Decrypts as a browser does (RFC 8291, RFC 8188), written from the RFCs with nothing of what encrypts. */
function createBrowserKeys(): BrowserKeys {
  const own = createECDH('prime256v1')
  const publicKey = own.generateKeys()
  const auth = randomBytes(16)
  return {
    p256dh: publicKey.toString('base64url'),
    auth: auth.toString('base64url'),
    decrypt(body) {
      const salt = body.subarray(0, 16)
      const keyLength = body[20]!
      const serverKey = body.subarray(21, 21 + keyLength)
      const record = body.subarray(21 + keyLength)
      const secret = own.computeSecret(serverKey)
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), publicKey, serverKey])
      const input = Buffer.from(hkdfSync('sha256', secret, auth, info, 32))
      const key = Buffer.from(hkdfSync('sha256', input, salt, 'Content-Encoding: aes128gcm\0', 16))
      const nonce = Buffer.from(hkdfSync('sha256', input, salt, 'Content-Encoding: nonce\0', 12))
      const decipher = createDecipheriv('aes-128-gcm', key, nonce)
      decipher.setAuthTag(record.subarray(-16))
      const text = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()])
      return text.subarray(0, text.lastIndexOf(2)).toString('utf8')
    },
  }
}

function claimsOf(authorization: string): { vapid: ReceivedPush['vapid'], vapidKey: string } {
  const [, token = '', vapidKey = ''] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(authorization) ?? []
  const point = Buffer.from(vapidKey, 'base64url')
  const [head = '', claims = '', signature = ''] = token.split('.')
  const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') }
  const good = verify('sha256', Buffer.from(`${head}.${claims}`), { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
  return { vapid: good ? JSON.parse(Buffer.from(claims, 'base64url').toString()) : undefined, vapidKey }
}

export interface PushEndpoint {
  readonly origin: string
  /** A subscription at this push service, as a browser makes one. */
  subscribe(name: string): { endpoint: string, keys: { p256dh: string, auth: string } }
  /** What came, in order. */
  readonly received: ReceivedPush[]
  /** Resolves when this many have come. */
  until(count: number): Promise<ReceivedPush[]>
  /** What further pushes are answered with; 201 at first. */
  answer(status: number, headers?: Record<string, string>): void
  /** Requests so far, refused ones too. */
  readonly requests: number
  close(): Promise<void>
}

/** A push service on this machine. */
export async function openPushEndpoint(): Promise<PushEndpoint> {
  const browsers = new Map<string, BrowserKeys>()
  const received: ReceivedPush[] = []
  let waiting: { count: number, tell: (pushes: ReceivedPush[]) => void }[] = []
  let reply: { status: number, headers: Record<string, string> } = { status: 201, headers: {} }
  let requests = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      requests++
      const path = request.url ?? ''
      const keys = browsers.get(path)
      if (keys && reply.status < 300) {
        received.push({ path, headers: request.headers, payload: JSON.parse(keys.decrypt(Buffer.concat(chunks))), ...claimsOf(request.headers.authorization ?? '') })
      }
      response.writeHead(keys ? reply.status : 404, reply.headers).end()
      for (const { tell } of waiting.filter(({ count }) => received.length >= count)) tell(received)
      waiting = waiting.filter(({ count }) => received.length < count)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    received,
    subscribe(name) {
      const keys = createBrowserKeys()
      browsers.set(`/${name}`, keys)
      return { endpoint: `${origin}/${name}`, keys: { p256dh: keys.p256dh, auth: keys.auth } }
    },
    until: count => received.length >= count ? Promise.resolve(received) : new Promise(tell => void waiting.push({ count, tell })),
    answer(status, headers = {}) {
      reply = { status, headers }
    },
    get requests() {
      return requests
    },
    close: () => new Promise<void>((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    }),
  }
}
