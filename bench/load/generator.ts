import { setTimeout as sleep } from 'node:timers/promises'
import { OpTable } from '#parley/bench/load/cids.ts'
import type { Command, FinishResult, LoadResult, Reply, Setup } from '#parley/bench/load/commands.ts'
import { overConnections } from '#parley/bench/load/http.ts'
import { loadHttp } from '#parley/bench/load/http-load.ts'
import { pace } from '#parley/bench/load/pace.ts'
import { Peer } from '#parley/bench/load/peer.ts'
import type { Shared } from '#parley/bench/load/peer.ts'
import { Room } from '#parley/bench/load/room.ts'
import { openWindow, percentilesOf } from '#parley/bench/load/window.ts'
import { wires } from '#parley/bench/load/wires.ts'
import { noFaults } from '#parley/bench/measure/delivery-check.ts'
import { Histogram } from '#parley/bench/measure/histogram.ts'

/** The load generator: a process of its own, so that it can have its own core. Takes commands from its parent. */

/** Ms that a phase waits for what is still on its way. */
const drainLimit = 30_000

class Generator {
  readonly #setup: Setup
  readonly #shared: Shared
  readonly #rooms: Room[]
  #peers: Peer[] = []

  constructor(setup: Setup) {
    this.#setup = setup
    this.#rooms = setup.rooms.map(({ id, size }) => new Room(id, size))
    this.#shared = {
      port: setup.port, wire: wires[setup.wire], ops: new OpTable(), faults: noFaults(), latency: undefined,
      acked: 0, delivered: 0, rejected: 0, closed: [], onAck: () => undefined, onPage: () => undefined,
    }
  }

  async run(command: Command): Promise<LoadResult | FinishResult> {
    switch (command.do) {
      case 'connect': return await this.#connect(command.concurrency)
      case 'closed': return await this.#closed(command)
      case 'open': return await this.#open(command)
      case 'storm': return await this.#storm(command)
      case 'http': return await loadHttp(this.#setup, command)
      case 'finish': return this.#finish()
    }
  }

  #window() {
    return openWindow(this.#setup.serverPid, () => ({ messages: this.#shared.acked, deliveries: this.#shared.delivered }))
  }

  /** A ticket of Parley for each peer (A1); the other systems take the token itself. */
  async #tickets(connections: number): Promise<string[]> {
    const { peers, port, wire } = this.#setup
    if (wire !== 'parley') return peers.map(({ token }) => token)
    return await overConnections(port, connections, peers.length, async (connection, index) => await ticket(connection, peers[index]!.token))
  }

  #peer(index: number): Peer {
    return new Peer(index, this.#rooms[this.#setup.peers[index]!.room]!, this.#shared)
  }

  async #enter(peer: Peer, token: string, from?: number): Promise<void> {
    const { path, headers, greeting } = this.#shared.wire.entry(token)
    await peer.open(path, headers, greeting, from)
  }

  async #connect(concurrency: number): Promise<LoadResult> {
    const done = this.#window()
    const { peers } = this.#setup
    this.#peers = peers.map((_, index) => this.#peer(index))
    // In parts: a ticket is good for half a minute.
    const part = 1000
    for (let start = 0; start < peers.length; start += part) {
      const those = this.#peers.slice(start, start + part)
      const tickets = await ticketsFor(this.#setup, start, those.length)
      let next = 0
      await Promise.all(Array.from({ length: concurrency }, async () => {
        for (let index = next++; index < those.length; index = next++) await this.#enter(those[index]!, tickets[index]!)
      }))
    }
    return { ...done(), clients: peers.length }
  }

  /** Peers that send, spread over the rooms. */
  #senders(count: number): Peer[] {
    const step = this.#peers.length / count
    return Array.from({ length: Math.min(count, this.#peers.length) }, (_, index) => this.#peers[Math.floor(index * step)]!)
  }

  async #closed({ senders, depth, warmup, seconds }: Command & { do: 'closed' }): Promise<LoadResult> {
    let running = true
    this.#shared.onAck = peer => void (running && peer.send(performance.now()))
    for (const peer of this.#senders(senders)) for (let index = 0; index < depth; index++) peer.send(performance.now())
    await sleep(warmup * 1000)
    this.#shared.latency = this.#record()
    const done = this.#window()
    await sleep(seconds * 1000)
    const result = done()
    running = false
    await this.#drained()
    return this.#withLatency(result)
  }

  async #open({ rate, warmup, seconds }: Command & { do: 'open' }): Promise<LoadResult> {
    this.#shared.onAck = () => undefined
    const late = new Histogram()
    // A stride that is prime to the number of peers: neighbours in time are in different rooms.
    const stride = this.#setup.rooms.length > 1 ? Math.floor(this.#peers.length / this.#setup.rooms.length) + 1 : 1
    let next = 0
    const act = (intended: number): void => {
      late.record(performance.now() - intended)
      this.#peers[next]!.send(intended)
      next = (next + stride) % this.#peers.length
    }
    await pace(rate, warmup, act)
    this.#shared.latency = this.#record()
    const done = this.#window()
    await pace(rate, seconds, act)
    const result = done()
    await this.#drained()
    return { ...this.#withLatency(result), lateP99: late.percentile(0.99) }
  }

  #record() {
    return { from: this.#shared.ops.count, acks: new Histogram(), deliveries: new Histogram() }
  }

  #withLatency(result: LoadResult): LoadResult {
    const { latency } = this.#shared
    this.#shared.latency = undefined
    return latency ? { ...result, acks: percentilesOf(latency.acks), received: percentilesOf(latency.deliveries) } : result
  }

  /** Waits until every op is answered and every receiver has all of its log, or gives up; then it counts as lost. */
  async #drained(): Promise<void> {
    const limit = performance.now() + drainLimit
    const pending = () => this.#shared.acked + this.#shared.rejected < this.#shared.ops.count || this.#peers.some(peer => peer.cursor < peer.room.head)
    while (pending() && performance.now() < limit && this.#shared.closed.length === 0) await sleep(50)
  }

  /** All leave without a word, as behind a proxy that restarts, and come back at once. */
  async #storm({ tickets }: Command & { do: 'storm' }): Promise<LoadResult> {
    const fetched = tickets === 'fetched' ? undefined : await this.#tickets(32)
    const done = this.#window()
    const started = performance.now()
    const welcomes = new Histogram()
    const complete = new Histogram()
    this.#peers = this.#setup.peers.map((_, index) => this.#peer(index))
    const caughtUp = new Map<Peer, () => void>()
    this.#shared.onPage = peer => caughtUp.get(peer)?.()
    await stormOver(this.#peers.length, this.#setup, fetched, async (index, token) => {
      const peer = this.#peers[index]!
      // Rooms of this scenario hold what was missed and nothing else.
      await this.#enter(peer, token, 0)
      welcomes.record(performance.now() - started)
      await new Promise<void>((resolve) => {
        caughtUp.set(peer, resolve)
        peer.pull(0)
      })
      complete.record(performance.now() - started)
    })
    return { ...done(), clients: this.#peers.length, received: percentilesOf(complete), firstWelcome: welcomes.percentile(0.0001), lastWelcome: welcomes.max }
  }

  #finish(): FinishResult {
    for (const peer of this.#peers) peer.finish()
    for (const room of this.#rooms) room.finish()
    const { faults, closed, rejected, acked, ops } = this.#shared
    return { faults, closed: closed.length, closedWith: [...new Set(closed)].slice(0, 5), rejected, unanswered: ops.count - acked - rejected }
  }
}

async function ticket(connection: { request: (method: 'POST', path: string, token: string) => Promise<{ status: number, body: string }> }, token: string): Promise<string> {
  const { status, body } = await connection.request('POST', '/api/ws/ticket', token)
  if (status !== 201) throw new Error(`the ticket call answered ${status}: ${body.slice(0, 200)}`)
  return (JSON.parse(body) as { token: string }).token
}

async function ticketsFor({ peers, port, wire }: Setup, start: number, count: number): Promise<string[]> {
  const those = peers.slice(start, start + count)
  if (wire !== 'parley') return those.map(({ token }) => token)
  return await overConnections(port, 32, those.length, async (connection, index) => await ticket(connection, those[index]!.token))
}

/** Everybody at once: with tickets in hand all connections are opened in one turn; else each client first fetches its own. */
async function stormOver(count: number, setup: Setup, fetched: string[] | undefined, enter: (index: number, token: string) => Promise<void>): Promise<void> {
  if (fetched) await Promise.all(Array.from({ length: count }, (_, index) => enter(index, fetched[index]!)))
  else if (setup.wire !== 'parley') await Promise.all(setup.peers.map(({ token }, index) => enter(index, token)))
  else {
    // A browser keeps its connection to the server for the call; a thousand of them stand for the many.
    const entered: Promise<void>[] = []
    await overConnections(setup.port, 1000, count, async (connection, index) => {
      const token = await ticket(connection, setup.peers[index]!.token)
      entered.push(enter(index, token))
    })
    await Promise.all(entered)
  }
}

let generator: Generator | undefined
const reply = (message: Reply): void => void process.send?.(message)

process.on('message', (message: { setup: Setup } | { command: Command }) => {
  if ('setup' in message) {
    generator = new Generator(message.setup)
    return
  }
  if (generator === undefined) return reply({ ok: false, error: 'no setup' })
  generator.run(message.command).then(
    result => reply({ ok: true, result }),
    (error: unknown) => reply({ ok: false, error: error instanceof Error ? error.stack ?? error.message : String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
