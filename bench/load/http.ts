import { connect } from 'node:net'
import type { Socket } from 'node:net'

export interface HttpAnswer { status: number, body: string, bytes: number }

/**
 * One kept-alive HTTP connection, one request at a time. Node's own client costs as much per request as the server under test; this
 * one writes a prepared text and looks for the end of the answer.
 */
export class HttpConnection {
  readonly #port: number
  #socket: Socket | undefined
  #waiting: { resolve: (answer: HttpAnswer) => void, reject: (error: Error) => void } | undefined
  #received: Buffer | undefined

  /** Connects at the first request, and again after the server has ended an idle connection. */
  constructor(port: number) {
    this.#port = port
  }

  request(method: 'GET' | 'POST', path: string, token: string): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket ??= this.#connect()
      const length = method === 'POST' ? 'Content-Length: 0\r\n' : ''
      this.#socket.write(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nAccept: application/json\r\n${length}\r\n`, 'latin1')
    })
  }

  close(): void {
    this.#socket?.removeAllListeners('close')
    this.#socket?.destroy()
  }

  #connect(): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    socket.on('data', chunk => void (typeof chunk !== 'string' && this.#read(chunk)))
    socket.on('error', error => this.#fail(error))
    socket.on('close', () => {
      this.#socket = undefined
      this.#fail(new Error('the server closed an HTTP connection'))
    })
    return socket
  }

  #fail(error: Error): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.reject(error)
  }

  #read(chunk: Buffer): void {
    const data = this.#received ? Buffer.concat([this.#received, chunk]) : chunk
    const answer = parseAnswer(data)
    this.#received = answer ? undefined : data
    if (!answer) return
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve(answer)
  }
}

/** Undefined: not complete yet. */
export function parseAnswer(data: Buffer): HttpAnswer | undefined {
  const end = data.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = data.toString('latin1', 0, end).toLowerCase()
  const status = Number(head.slice(9, 12))
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1]
  if (length !== undefined) {
    const bytes = Number(length)
    return data.length < end + 4 + bytes ? undefined : { status, bytes, body: data.toString('utf8', end + 4, end + 4 + bytes) }
  }
  if (!head.includes('transfer-encoding: chunked')) return { status, bytes: 0, body: '' }
  if (!data.subarray(-5).equals(Buffer.from('0\r\n\r\n'))) return undefined
  const parts: string[] = []
  for (let at = end + 4; ;) {
    const line = data.indexOf('\r\n', at)
    const size = Number.parseInt(data.toString('latin1', at, line), 16)
    if (!(size > 0)) break
    parts.push(data.toString('utf8', line + 2, line + 2 + size))
    at = line + 4 + size
  }
  const body = parts.join('')
  return { status, body, bytes: body.length }
}

/** Runs `tasks` over a few connections, each taking the next when it is free. */
export async function overConnections<T>(port: number, connections: number, count: number, task: (connection: HttpConnection, index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  let next = 0
  const pool = Array.from({ length: Math.min(connections, count) }, () => new HttpConnection(port))
  await Promise.all(pool.map(async (connection) => {
    for (let index = next++; index < count; index = next++) results[index] = await task(connection, index)
  }))
  for (const connection of pool) connection.close()
  return results
}
