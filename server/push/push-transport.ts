import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { endpointFault, guardedLookup } from '#parley/server/push/address-guard.ts'
import type { AddressRule } from '#parley/server/push/address-guard.ts'

export interface PushRequest {
  endpoint: string
  headers: Record<string, string>
  body: Uint8Array
}

export interface PushAnswer {
  status: number
  /** Ms. */
  retryAfter?: number
}

/** Brings one message to a push service. Rejects when there was no answer. */
export type PushTransport = (request: PushRequest) => Promise<PushAnswer>

/** Ms for a whole exchange. */
const patience = 10_000
/** Connections to one push service, and bytes of an answer that are read for the sake of keeping its connection. */
const connections = 8
const answerBytes = 16 * 1024

/** Seconds or a date (RFC 9110); nonsense is none. */
export function retryAfterOf(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : /^[A-Z][a-z]{2}/.test(header) ? Date.parse(header) - now : Number.NaN
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined
}

/** HTTP without redirects, to public addresses only. */
export function createPushTransport(rule: AddressRule): PushTransport & { close(): void } {
  const options = { keepAlive: true, maxSockets: connections, lookup: guardedLookup(rule) }
  const [secure, plain] = [new HttpsAgent(options), new HttpAgent(options)]

  const send = ({ endpoint, headers, body }: PushRequest): Promise<PushAnswer> => new Promise((resolve, reject) => {
    // Asked again: an address that was good when it was given may not be any more, under another setting.
    const fault = endpointFault(endpoint, rule)
    if (fault !== undefined) return reject(new Error(fault))
    const isPlain = endpoint.startsWith('http:')
    const outgoing = (isPlain ? httpRequest : httpsRequest)(endpoint, {
      method: 'POST', agent: isPlain ? plain : secure, headers: { ...headers, 'content-length': String(body.length) }, signal: AbortSignal.timeout(patience),
    }, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > answerBytes) response.destroy()
      })
      response.on('error', () => undefined)
      const retryAfter = retryAfterOf(response.headers['retry-after'], Date.now())
      resolve({ status: response.statusCode ?? 0, ...(retryAfter === undefined ? {} : { retryAfter }) })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
  const close = () => {
    secure.destroy()
    plain.destroy()
  }
  return Object.assign(send, { close })
}
