import type { Command, LoadResult, Setup } from '#parley/bench/load/commands.ts'
import { HttpConnection } from '#parley/bench/load/http.ts'
import { pace } from '#parley/bench/load/pace.ts'
import { openWindow, percentilesOf } from '#parley/bench/load/window.ts'
import { Histogram } from '#parley/bench/measure/histogram.ts'

type HttpCommand = Command & { do: 'http' }

/** GET requests of random users in their own rooms. */
class HttpLoad {
  readonly #setup: Setup
  readonly #path: string
  readonly #free: HttpConnection[]
  readonly #all: HttpConnection[]
  readonly #waiting: number[] = []
  #latency = new Histogram()
  answered = 0

  constructor(setup: Setup, command: HttpCommand) {
    this.#setup = setup
    this.#path = command.path
    this.#all = Array.from({ length: command.connections }, () => new HttpConnection(setup.port))
    this.#free = [...this.#all]
  }

  get latency(): Histogram {
    return this.#latency
  }

  get connections(): readonly HttpConnection[] {
    return this.#all
  }

  restart(): void {
    this.#latency = new Histogram()
  }

  async ask(connection: HttpConnection, intended: number): Promise<void> {
    const { peers, rooms } = this.#setup
    const peer = peers[Math.floor(Math.random() * peers.length)]!
    const before = 51 + Math.floor(Math.random() * 900)
    const path = this.#path.replace('{room}', rooms[peer.room]!.id).replace('{before}', String(before))
    const { status, body } = await connection.request('GET', path, peer.token)
    if (status !== 200) throw new Error(`${path} answered ${status}: ${body.slice(0, 200)}`)
    this.#latency.record(performance.now() - intended)
    this.answered += 1
  }

  /** Open loop: a request that finds no free connection waits for one, and its wait counts. */
  due(intended: number, fail: (error: unknown) => void): void {
    const connection = this.#free.pop()
    if (connection === undefined) {
      this.#waiting.push(intended)
      return
    }
    this.ask(connection, intended).then(() => {
      this.#free.push(connection)
      const next = this.#waiting.shift()
      if (next !== undefined) this.due(next, fail)
    }, fail)
  }

  close(): void {
    for (const connection of this.#all) connection.close()
  }
}

async function closedLoop(load: HttpLoad, serverPid: number, { warmup, seconds }: HttpCommand): Promise<LoadResult> {
  const counters = () => ({ messages: load.answered, deliveries: 0 })
  const until = performance.now() + (warmup + seconds) * 1000
  let done: (() => LoadResult) | undefined
  const opening = setTimeout(() => {
    load.restart()
    done = openWindow(serverPid, counters)
  }, warmup * 1000)
  await Promise.all(load.connections.map(async (connection) => {
    while (performance.now() < until) await load.ask(connection, performance.now())
  }))
  clearTimeout(opening)
  if (done === undefined) throw new Error('the window never opened')
  return done()
}

async function openLoop(load: HttpLoad, serverPid: number, { warmup, seconds }: HttpCommand, rate: number): Promise<LoadResult> {
  let fault: unknown
  const act = (intended: number): void => load.due(intended, error => void (fault ??= error))
  await pace(rate, warmup, act)
  load.restart()
  const done = openWindow(serverPid, () => ({ messages: load.answered, deliveries: 0 }))
  await pace(rate, seconds, act)
  const result = done()
  if (fault !== undefined) throw fault instanceof Error ? fault : new Error(String(fault))
  return result
}

/** Runs an HTTP load over its own connections. */
export async function loadHttp(setup: Setup, command: HttpCommand): Promise<LoadResult> {
  const load = new HttpLoad(setup, command)
  try {
    const result = command.rate === undefined ? await closedLoop(load, setup.serverPid, command) : await openLoop(load, setup.serverPid, command, command.rate)
    return { ...result, received: percentilesOf(load.latency) }
  }
  finally {
    load.close()
  }
}
