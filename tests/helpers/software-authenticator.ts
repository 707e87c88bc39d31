import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto'
import type { AuthenticationResponse, RegistrationResponse } from '#parley/server/auth/passkeys.ts'

/** What a page asks an authenticator for, of the options that the server made. */
interface Asked { challenge: string, origin: string, rpId: string, user?: string }

export interface SoftwareAuthenticator {
  id: string
  register(asked: Asked): RegistrationResponse
  sign(asked: Asked): AuthenticationResponse
  /** Whether its user was asked for a finger or a PIN. */
  verifiesUser: boolean
  /** Counts signatures; 0 for ever where devices share the key. */
  counter: number
}

const encode = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64url')
const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest()

/** The little of CBOR that an attestation without a statement needs. */
function cbor(value: unknown): Buffer {
  const head = (major: number, size: number): Buffer =>
    size < 24 ? Buffer.of(major << 5 | size) : size < 256 ? Buffer.of(major << 5 | 24, size) : Buffer.of(major << 5 | 25, size >> 8, size & 255)
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  if (value instanceof Map) return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, item]) => [cbor(key), cbor(item)])])
  throw new TypeError('no CBOR for this')
}

const clientData = (type: string, { challenge, origin }: Asked): Buffer => Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))

/** An authenticator with one ES256 key, as a device and its browser answer together (WebAuthn 2). */
export function createSoftwareAuthenticator(): SoftwareAuthenticator {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const cose = cbor(new Map<number, number | Uint8Array>([[1, 2], [3, -7], [-1, 1], [-2, Buffer.from(x, 'base64url')], [-3, Buffer.from(y, 'base64url')]]))
  const rawId = randomBytes(32)

  /** Hash of the name, flags (present, verified, new credential), counter. */
  function authenticatorData(rpId: string, isNew: boolean): Buffer {
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(authenticator.counter)
    const flags = 1 | (authenticator.verifiesUser ? 4 : 0) | (isNew ? 64 : 0)
    return Buffer.concat([sha256(rpId), Buffer.of(flags), counter])
  }

  const authenticator: SoftwareAuthenticator = {
    id: encode(rawId),
    verifiesUser: true,
    counter: 0,
    register(asked) {
      const attested = Buffer.concat([authenticatorData(asked.rpId, true), Buffer.alloc(16), Buffer.of(0, rawId.length), rawId, cose])
      const attestationObject = cbor(new Map<string, unknown>([['fmt', 'none'], ['attStmt', new Map()], ['authData', attested]]))
      return {
        id: authenticator.id, rawId: authenticator.id, type: 'public-key', clientExtensionResults: {},
        response: { clientDataJSON: encode(clientData('webauthn.create', asked)), attestationObject: encode(attestationObject), transports: ['internal'] },
      }
    },
    sign(asked) {
      const data = authenticatorData(asked.rpId, false)
      const client = clientData('webauthn.get', asked)
      const signature = createSign('sha256').update(Buffer.concat([data, sha256(client)])).sign(privateKey)
      return {
        id: authenticator.id, rawId: authenticator.id, type: 'public-key', clientExtensionResults: {},
        response: {
          clientDataJSON: encode(client), authenticatorData: encode(data), signature: encode(signature),
          ...(asked.user === undefined ? {} : { userHandle: encode(asked.user) }),
        },
      }
    },
  }
  return authenticator
}
