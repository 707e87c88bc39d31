import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { endpointFault, guardedLookup } from '#parley/server/push/address-guard.ts'
import type { AddressRule } from '#parley/server/push/address-guard.ts'
import { retryAfterOf } from '#parley/server/push/push-transport.ts'

export interface HookRequest {
  url: string
  headers: Record<string, string>
  body: string
  /** Ms for the whole exchange. */
  patience: number
  /** Bytes of the answer that are read; a longer one is an error. */
  answerBytes: number
}

export interface HookAnswer {
  status: number
  /** Ms. */
  retryAfter?: number
  text: string
}

/** Brings one request to whoever made a webhook. Rejects when there was no answer, or one that is too long. */
export type HookTransport = (request: HookRequest) => Promise<HookAnswer>

async function read(response: IncomingMessage, most: number): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of response) {
    bytes += (piece as Buffer).length
    if (bytes > most) throw new Error('the answer is too long')
    pieces.push(piece as Buffer)
  }
  return Buffer.concat(pieces).toString('utf8')
}

/** HTTP without redirects, to public addresses only: an address is given by a user, and decided on where the connection is made. */
export function createHookTransport(rule: AddressRule): HookTransport & { close(): void } {
  const options = { keepAlive: true, maxSockets: 4, lookup: guardedLookup(rule) }
  const [secure, plain] = [new HttpsAgent(options), new HttpAgent(options)]

  const send: HookTransport = ({ url, headers, body, patience, answerBytes }) => new Promise((resolve, reject) => {
    // Asked again: an address that was good when it was given may not be any more, under another setting.
    const fault = endpointFault(url, rule)
    if (fault !== undefined) return reject(new Error(fault))
    const isPlain = url.startsWith('http:')
    const outgoing = (isPlain ? httpRequest : httpsRequest)(url, {
      method: 'POST', agent: isPlain ? plain : secure, headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) }, signal: AbortSignal.timeout(patience),
    }, (response) => {
      const retryAfter = retryAfterOf(response.headers['retry-after'], Date.now())
      read(response, answerBytes).then(text => resolve({ status: response.statusCode ?? 0, text, ...(retryAfter === undefined ? {} : { retryAfter }) }), (error: unknown) => {
        response.destroy()
        reject(error)
      })
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

/** What kept a request from its answer, for whoever made the webhook: never an address that the name resolved to. */
export function transportFault(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return error.name === 'TimeoutError' || error.name === 'AbortError' ? 'timeout' : 'code' in error ? String(error.code) : error.message
}
