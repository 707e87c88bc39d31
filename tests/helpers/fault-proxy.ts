import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { ProxyLink } from '#parley/tests/helpers/fault-proxy-link.ts'
import type { Direction } from '#parley/tests/helpers/fault-proxy-link.ts'

/** An answer that the proxy gives instead of the server. */
export interface HttpFault {
  status: number
  headers?: Record<string, string>
  body?: string
  /** For how many requests; all by default. */
  times?: number
}

/** What happens to connections that are still to come. */
type Entrance = 'forward' | 'refuse' | 'silent'

const requestHead = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\S+) HTTP\/1\.[01]\r\n/

function answerText({ status, headers = {}, body = '' }: HttpFault): string {
  const all = { 'content-type': 'text/html', ...headers, 'content-length': String(Buffer.byteLength(body)), 'connection': 'close' }
  return `HTTP/1.1 ${status} Fault\r\n${Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
}

/**
 * A TCP proxy in front of a server that does to connections what networks do. Verbs of the proxy act on every live connection; those
 * with a duration (`hole`, `delay`, `rate`) also on later ones, until `heal`. Verbs of one link: see ProxyLink.
 */
export class FaultProxy {
  /** Where the server listens; may be changed, as when it restarts elsewhere. */
  target: number
  readonly #links = new Set<ProxyLink>()
  readonly #silent = new Set<Socket>()
  readonly #faults: { path: RegExp, fault: HttpFault, left: number }[] = []
  readonly #listeners = new Set<(link: ProxyLink) => void>()
  #lasting: ((link: ProxyLink) => void)[] = []
  #entrance: Entrance = 'forward'
  #server: Server
  #port = 0
  #accepted = 0
  readonly upgradeTimes: number[] = []

  private constructor(target: number) {
    this.target = target
    this.#server = this.#makeServer()
  }

  /** Starts one in front of a port of this machine. */
  static async listen(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target)
    await proxy.#listen()
    return proxy
  }

  /** `http://127.0.0.1:port`, for clients; the origin that they name. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Connections accepted so far. */
  get accepted(): number {
    return this.#accepted
  }

  /** Live connections, oldest first. */
  get links(): ProxyLink[] {
    return [...this.#links]
  }

  /** Live connections that were asked to become WebSockets, oldest first. */
  get sockets(): ProxyLink[] {
    return this.links.filter(link => link.isSocket)
  }

  /** Called when a connection asks to become a WebSocket, before the request goes on. */
  onSocket(listener: (link: ProxyLink) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** TCP reset of every live connection. */
  drop(): void {
    for (const link of this.links) link.drop()
    for (const socket of this.#silent) socket.resetAndDestroy()
  }

  /** Orderly end of every live connection. */
  fin(): void {
    for (const link of this.links) link.fin()
  }

  hole(direction: Direction): void {
    this.#last(link => link.hole(direction))
  }

  delay(ms: number, options: { jitter?: number, seed?: number, direction?: Direction } = {}): void {
    this.#last(link => link.delay(ms, options))
  }

  rate(bytesPerSecond: number, direction: Direction = 'both'): void {
    this.#last(link => link.rate(bytesPerSecond, direction))
  }

  /** New connections are refused, as by a host on which nothing listens. Live ones stay. */
  async refuse(): Promise<void> {
    if (this.#entrance === 'refuse') return
    this.#entrance = 'refuse'
    // Not waited for: `close` calls back only when the last connection is gone.
    this.#server.close()
  }

  /** New connections are accepted and nobody ever says anything on them. */
  async silence(): Promise<void> {
    await this.#reopen('silent')
  }

  /** Answers requests whose path fits instead of the server, WebSocket upgrades included. */
  http(path: RegExp, fault: HttpFault): void {
    this.#faults.push({ path, fault, left: fault.times ?? Number.POSITIVE_INFINITY })
  }

  /** New connections pass unharmed. Live ones lose delay and rate limits; what is half-open or silent stays so until it is dropped. */
  async heal(): Promise<void> {
    this.#lasting = []
    this.#faults.length = 0
    for (const link of this.links) {
      for (const pipe of [link.up, link.down]) Object.assign(pipe, { delay: undefined, rate: undefined, frameRule: undefined, cutAfterBytes: undefined })
    }
    await this.#reopen('forward')
  }

  async close(): Promise<void> {
    if (this.#entrance !== 'refuse') this.#server.close()
    this.#entrance = 'refuse'
    for (const link of this.links) {
      link.client.destroy()
      link.server.destroy()
    }
    for (const socket of this.#silent) socket.destroy()
  }

  #last(apply: (link: ProxyLink) => void): void {
    this.#lasting.push(apply)
    for (const link of this.links) apply(link)
  }

  async #reopen(entrance: 'forward' | 'silent'): Promise<void> {
    const closed = this.#entrance === 'refuse'
    this.#entrance = entrance
    if (!closed) return
    this.#server = this.#makeServer()
    await this.#listen()
  }

  #makeServer(): Server {
    return createServer({ allowHalfOpen: true, noDelay: true }, client => this.#accept(client))
  }

  async #listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => this.#server.once('error', reject).listen(this.#port, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
  }

  #accept(client: Socket): void {
    this.#accepted += 1
    client.on('error', () => {})
    if (this.#entrance === 'silent') {
      this.#silent.add(client)
      client.once('close', () => this.#silent.delete(client)).resume()
      return
    }
    const server = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const link = new ProxyLink(client, server)
    this.#links.add(link)
    for (const apply of this.#lasting) apply(link)
    client.on('data', (chunk: Buffer) => this.#request(link, chunk))
    server.on('data', (chunk: Buffer) => this.#response(link, chunk))
    client.on('end', () => link.up.end())
    server.on('end', () => link.down.end())
    // A reset of one side is passed on as a reset, an orderly end as one.
    client.on('close', () => this.#gone(link, server, client.errored !== null))
    server.on('error', () => client.resetAndDestroy())
    server.on('close', () => this.#gone(link, client, server.errored !== null))
  }

  #gone(link: ProxyLink, other: Socket, reset: boolean): void {
    this.#links.delete(link)
    if (other.destroyed) return
    if (reset) other.resetAndDestroy()
    else other.end()
  }

  #request(link: ProxyLink, chunk: Buffer): void {
    const target = link.isSocket ? undefined : requestHead.exec(chunk.toString('latin1'))?.[1]
    const path = target?.split('?')[0]
    if (path !== undefined) {
      link.paths.push(path)
      const found = this.#faults.find(item => item.left > 0 && item.path.test(path))
      if (found !== undefined) {
        found.left -= 1
        link.client.end(answerText(found.fault))
        link.server.destroy()
        return
      }
      if (/\r\nupgrade: websocket\r\n/i.test(chunk.toString('latin1'))) this.#upgrade(link)
    }
    link.up.take(chunk)
    if (path !== undefined && link.isSocket) link.up.beginFrames()
  }

  #upgrade(link: ProxyLink): void {
    link.isSocket = true
    this.upgradeTimes.push(performance.now())
    for (const listener of this.#listeners) listener(link)
  }

  readonly #answered = new WeakSet<ProxyLink>()

  /** Frames begin behind the head of the answer, which comes in one piece. */
  #response(link: ProxyLink, chunk: Buffer): void {
    if (!link.isSocket || this.#answered.has(link)) return link.down.take(chunk)
    this.#answered.add(link)
    const end = chunk.indexOf('\r\n\r\n') + 4
    link.down.take(chunk.subarray(0, end))
    link.down.beginFrames()
    if (end < chunk.length) link.down.take(chunk.subarray(end))
  }
}
