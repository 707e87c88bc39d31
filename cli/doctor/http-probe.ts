import { request as requestPlain } from 'node:http'
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { request as requestTls } from 'node:https'

/** Where to, and how. */
export interface Target {
  /** Origin, without a path. */
  url: URL
  /** Ms after which an answer that does not come is given up. */
  patience: number
}

export interface Ask {
  method?: string
  headers?: Record<string, string>
  /** Sent as far as it goes; with a longer `content-length` the rest never comes. */
  body?: string
  /** Ms instead of the target's. */
  patience?: number
  /** The request does not end by itself: what is to come of it is the caller's. */
  unfinished?: boolean
}

/** An answer, or why there is none. */
export type Answer
  = | { kind: 'answer', status: number, headers: IncomingHttpHeaders, body: string, size: number, firstByteAfter: number, complete: boolean, after: number }
    | { kind: 'none', reason: string }

const bodyLimit = 4 * 1024 * 1024

/** How a failed connection calls itself, in one word where there is one. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? ('code' in error && typeof error.code === 'string' ? error.code : error.message) : String(error))

/**
 * Begins a request on a connection of its own. Certificates are not judged here: the TLS probe does that, and one bad certificate must
 * not hide every other fault.
 */
export function begin({ url }: Target, path: string, { method = 'GET', headers = {} }: Ask): ClientRequest {
  const options = { method, headers: { 'user-agent': 'parley-doctor', ...headers }, agent: false }
  const full = new URL(path, url)
  return full.protocol === 'https:'
    ? requestTls(full, { ...options, rejectUnauthorized: false, checkServerIdentity: () => undefined })
    : requestPlain(full, options)
}

/** Reads an answer to its end, however it ends. */
function collect(response: IncomingMessage, begun: number, done: (answer: Answer) => void): void {
  const chunks: Buffer[] = []
  let [size, firstByteAfter] = [0, 0]
  response.on('data', (chunk: Buffer) => {
    if (size === 0) firstByteAfter = performance.now() - begun
    size += chunk.length
    if (size <= bodyLimit) chunks.push(chunk)
  })
  response.on('error', () => {})
  response.on('close', () => done({
    kind: 'answer', status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString('latin1'), size, firstByteAfter, complete: response.complete, after: performance.now() - begun,
  }))
}

/** One request. Never throws. */
export function ask(target: Target, path: string, options: Ask = {}): Promise<Answer> {
  const begun = performance.now()
  const patience = options.patience ?? target.patience
  return new Promise((resolve) => {
    const request = begin(target, path, options)
    const timer = setTimeout(() => {
      resolve({ kind: 'none', reason: `no answer within ${Math.round(patience / 1000)} s` })
      request.destroy()
    }, patience)
    const done = (answer: Answer) => {
      clearTimeout(timer)
      resolve(answer)
      request.destroy()
    }
    request.on('error', error => done({ kind: 'none', reason: reasonOf(error) }))
    request.on('response', response => collect(response, begun, done))
    // A server that takes an upgrade nobody asked for.
    request.on('upgrade', (_response, socket) => socket.destroy())
    if (options.body !== undefined) request.write(options.body)
    if (options.unfinished === true) request.flushHeaders()
    else request.end()
  })
}

/** The JSON object of an answer. */
export function jsonOf(answer: Answer): Record<string, unknown> | undefined {
  if (answer.kind === 'none') return undefined
  try {
    const value: unknown = JSON.parse(answer.body)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : undefined
  }
  catch {
    return undefined
  }
}

/** One header as text. */
export const headerOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}
