import { setTimeout as sleep } from 'node:timers/promises'
import { OpTable } from '#parley/bench/load/cids.ts'
import type { Command, FinishResult, LoadResult, Reply, Setup } from '#parley/bench/load/commands.ts'
import { HttpConnection, overConnections } from '#parley/bench/load/http.ts'
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
      acked: 0, delivered: 0, rejected: 0, lagged: 0, closed: [], onAck: () => undefined, onPage: () => undefined,
    }
  }

  async run(command: Command): Promise<LoadResult | FinishResult> {
    switch (command.do) {
      case 'connect': return await this.#connect(command)
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

  /** A ticket of Parley (A1), fetched just before it is used, since it is good for half a minute; the other systems take the token itself. */
  async #ticket(connection: HttpConnection, index: number): Promise<string> {
    const { token } = this.#setup.peers[index]!
    if (this.#setup.wire !== 'parley') return token
    const { status, body } = await connection.request('POST', '/api/ws/ticket', token)
    if (status !== 201) throw new Error(`the ticket call answered ${status}: ${body.slice(0, 200)}`)
    return (JSON.parse(body) as { token: string }).token
  }

  #peer(index: number): Peer {
    return new Peer(index, this.#rooms[this.#setup.peers[index]!.room]!, this.#shared)
  }

  async #enter(peer: Peer, token: string, from?: number): Promise<void> {
    const { path, headers, greeting } = this.#shared.wire.entry(token)
    await peer.open(path, headers, greeting, from)
  }

  async #connect({ concurrency, limit = this.#setup.peers.length }: Command & { do: 'connect' }): Promise<LoadResult> {
    for (const peer of this.#peers) peer.leave()
    const done = this.#window()
    this.#peers = Array.from({ length: limit }, (_, index) => this.#peer(index))
    await overConnections(this.#setup.port, concurrency, limit, async (connection, index) => {
      await this.#enter(this.#peers[index]!, await this.#ticket(connection, index))
    })
    return { ...done(), clients: limit }
  }

  /** Peers that send, spread over the rooms. */
  #senders(count: number): Peer[] {
    const step = this.#peers.length / count
    return Array.from({ length: Math.min(count, this.#peers.length) }, (_, index) => this.#peers[Math.floor(index * step)]!)
  }

  async #closed({ senders, depth, warmup, seconds }: Command & { do: 'closed' }): Promise<LoadResult> {
    let running = true
    this.#shared.onAck = peer => void (running && peer.send(performance.now()))
    const answered = this.#shared.acked + senders * depth
    for (const peer of this.#senders(senders)) for (let index = 0; index < depth; index++) peer.send(performance.now())
    await sleep(warmup * 1000)
    // A slow server must at least have answered everybody once.
    for (const limit = performance.now() + drainLimit; this.#shared.acked < answered && performance.now() < limit;) await sleep(50)
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

  /** Everybody at once, as when a server is back. With tickets in hand all connections are opened in one turn; else each client fetches its own. */
  async #storm({ tickets }: Command & { do: 'storm' }): Promise<LoadResult> {
    const { peers, port } = this.#setup
    const held = tickets === 'held' ? await overConnections(port, 32, peers.length, (connection, index) => this.#ticket(connection, index)) : undefined
    this.#peers = peers.map((_, index) => this.#peer(index))
    const done = this.#window()
    const started = performance.now()
    const welcomes = new Histogram()
    const complete = new Histogram()
    let retries = 0
    const caughtUp = new Map<Peer, () => void>()
    this.#shared.onPage = peer => caughtUp.get(peer)?.()
    const enter = async (index: number, token: string): Promise<void> => {
      const peer = await this.#enterAgain(index, token, () => void (retries += 1))
      welcomes.record(performance.now() - started)
      await new Promise<void>((resolve) => {
        caughtUp.set(peer, resolve)
        peer.pull(0)
      })
      complete.record(performance.now() - started)
    }
    if (held) await Promise.all(held.map((token, index) => enter(index, token)))
    // Browsers reach a server over connections that they keep; as many as a proxy would hold stand for theirs.
    else await this.#fetchAndEnter(enter)
    return { ...done(), clients: peers.length, received: percentilesOf(complete), firstWelcome: welcomes.percentile(0.0001), lastWelcome: welcomes.max, retries }
  }

  /** As a client does whose connection breaks on its way up: again, with a new ticket. Rooms of a storm hold what was missed and nothing else. */
  async #enterAgain(index: number, token: string, onRetry: () => void): Promise<Peer> {
    for (let [attempt, current] = [1, token]; ; attempt++) {
      const peer = this.#peer(index)
      this.#peers[index] = peer
      try {
        await this.#enter(peer, current, 0)
        return peer
      }
      catch (error) {
        if (attempt === 5) throw error
        onRetry()
        this.#shared.closed.pop()
        await sleep(500)
        const connection = new HttpConnection(this.#setup.port)
        current = await this.#ticket(connection, index)
        connection.close()
      }
    }
  }

  async #fetchAndEnter(enter: (index: number, token: string) => Promise<void>): Promise<void> {
    const entered: Promise<void>[] = []
    await overConnections(this.#setup.port, 256, this.#peers.length, async (connection, index) => {
      entered.push(enter(index, await this.#ticket(connection, index)))
    })
    await Promise.all(entered)
  }

  #finish(): FinishResult {
    for (const peer of this.#peers) peer.finish()
    for (const room of this.#rooms) room.finish()
    const { faults, closed, rejected, lagged, acked, ops } = this.#shared
    return { faults, closed: closed.length, closedWith: [...new Set(closed)].slice(0, 5), rejected, lagged, unanswered: ops.count - acked - rejected }
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
