import { createECDH, generateKeyPairSync } from 'node:crypto'
import type { Clock } from '#parley/server/chat/ports.ts'

/** Who this server is to push services (RFC 8292): the browser accepts pushes of this key only. */
export interface VapidIdentity {
  /** base64url, uncompressed point. */
  publicKey: string
  /** base64url, 32 bytes. */
  privateKey: string
  /** `mailto:` or `https:` of whoever runs the server. */
  subject: string
}

const curve = 'prime256v1'

/** A new private key, base64url. */
export const makeVapidKey = (): string => generateKeyPairSync('ec', { namedCurve: curve }).privateKey.export({ format: 'jwk' }).d ?? ''

/**
 * The public half of a private key.
 * @throws Error when it is none
 */
export function publicVapidKey(privateKey: string): string {
  const pair = createECDH(curve)
  pair.setPrivateKey(Buffer.from(privateKey, 'base64url'))
  return pair.getPublicKey().toString('base64url')
}

/** Whether a text is a private key: 32 bytes, base64url, on the curve. */
export function isVapidKey(text: string): boolean {
  try {
    return /^[\w-]{43}$/.test(text) && publicVapidKey(text) !== ''
  }
  catch {
    return false
  }
}

/** Seconds that a token is good for, of the 24 h that push services allow, and how long the same one is used. */
const validity = 12 * 3_600
const renewal = 3_600_000

type Signer = (audience: string, subject: string, publicKey: string, privateKey: string, encoding: 'aes128gcm', expiration: number) => { Authorization: string }

/** The `Authorization` header for each push service, signed once an hour. */
export class VapidHeaders {
  readonly #identity: VapidIdentity
  readonly #clock: Pick<Clock, 'now'>
  readonly #kept = new Map<string, { header: string, at: number }>()

  constructor(identity: VapidIdentity, clock: Pick<Clock, 'now'>) {
    this.#identity = identity
    this.#clock = clock
  }

  /** @param sign of the package web-push, which is loaded when something is pushed first */
  of(endpoint: string, sign: Signer): string {
    const { origin } = new URL(endpoint)
    const now = this.#clock.now()
    const kept = this.#kept.get(origin)
    if (kept && now - kept.at < renewal && now >= kept.at) return kept.header
    const { subject, publicKey, privateKey } = this.#identity
    const header = sign(origin, subject, publicKey, privateKey, 'aes128gcm', Math.floor(now / 1_000) + validity).Authorization
    // Endpoints are given by users: a hundred names of made-up services are not worth memory.
    if (this.#kept.size >= 100) this.#kept.clear()
    this.#kept.set(origin, { header, at: now })
    return header
  }
}
