import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { makeCid } from '#parley/shared/cid.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import type { Store } from '#parley/server/chat/ports.ts'
import { openSqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import { openWorkerStore } from '#parley/server/storage/sqlite/worker/worker-store.ts'

/**
 * The store alone, without sockets: what an acknowledgement costs and how long it takes, and what of it the event loop pays.
 *
 *   node bench/store.ts                       all scenarios, both stores, medians of three
 *   node bench/store.ts --store worker --only pairs,search --seconds 3 --runs 1
 */

type AnyStore = Store & AccountStore

const { values: options } = parseArgs({ options: {
  store: { type: 'string', default: 'in-process,worker' },
  only: { type: 'string', default: '' },
  seconds: { type: 'string', default: '2' },
  runs: { type: 'string', default: '3' },
} })
const seconds = Number(options.seconds)

/** Conversations of two; enough for 1,000 writers of their own. */
const rooms = 2_500

class Bench {
  readonly store: AnyStore
  readonly #counter: { commits: number }
  #sent = 0

  constructor(store: AnyStore, counter: { commits: number }) {
    this.store = store
    this.#counter = counter
  }

  get commits(): number {
    return this.#counter.commits
  }

  append(room: number, text = 'x'.repeat(120)): Promise<unknown> {
    this.#sent++
    return this.store.append({
      conversation: `room-${room}`, actor: `user-${room}-${this.#sent % 2}`, cid: makeCid(randomBytes(16), Date.now()), at: Date.now(),
      change: { kind: 'message', content: { type: 'text', text } },
    })
  }
}

async function fill(bench: Bench): Promise<void> {
  const { store } = bench
  const user = (id: string) => store.createUser({ id, username: id, usernameKey: id, displayName: id, passwordHash: '', at: 1, mayBeFirst: true })
  await Promise.all(Array.from({ length: rooms }, (_, room) => Promise.all([user(`user-${room}-0`), user(`user-${room}-1`)])))
  await Promise.all(Array.from({ length: rooms }, (_, room) =>
    store.createConversation({ id: `room-${room}`, kind: 'group', title: '', members: [`user-${room}-0`, `user-${room}-1`], at: 1 })))
}

interface Figures { latencies: number[], done: number, ms: number, loopMicros: number, cpuMicros: number, commits: number }

/** Runs what `work` starts until the time is up; `work` is given a function that tells whether to go on. */
async function measure(bench: Bench, work: (going: () => boolean, note: (ms: number) => void) => Promise<unknown>): Promise<Figures> {
  const latencies: number[] = []
  const end = performance.now() + seconds * 1000
  const [loop, cpu, commits, begun] = [process.threadCpuUsage(), process.cpuUsage(), bench.commits, performance.now()]
  await work(() => performance.now() < end, ms => latencies.push(ms))
  const [loopUsed, used] = [process.threadCpuUsage(loop), process.cpuUsage(cpu)]
  return {
    latencies, done: latencies.length, ms: performance.now() - begun, commits: bench.commits - commits,
    loopMicros: loopUsed.user + loopUsed.system, cpuMicros: used.user + used.system,
  }
}

type Scenario = (bench: Bench) => Promise<Figures>

/** Closed loop: `lanes` callers, each with one op in flight. */
const closed = (lanes: number, roomOf: (lane: number) => number): Scenario => bench => measure(bench, (going, note) =>
  Promise.all(Array.from({ length: lanes }, async (_, lane) => {
    while (going()) {
      const begun = performance.now()
      await bench.append(roomOf(lane))
      note(performance.now() - begun)
    }
  })))

/** Open loop: so many a second over all rooms, latency from the intended moment. */
const open = (rate: number, beside?: (bench: Bench, going: () => boolean) => Promise<void>): Scenario => bench => measure(bench, async (going, note) => {
  const begun = performance.now()
  const under: Promise<void>[] = []
  const extra = beside?.(bench, going)
  for (let sent = 0; going(); await setTimeout(1)) {
    for (; sent < (performance.now() - begun) * rate / 1000; sent++) {
      const intended = begun + sent * 1000 / rate
      under.push(bench.append(sent % rooms).then(() => note(performance.now() - intended)))
    }
  }
  await Promise.all([...under, extra])
})

/** Searches for what stands in every message, in rooms that this user is not in: the index is read to its end. */
async function searchOnAndOn({ store }: Bench, going: () => boolean): Promise<void> {
  while (going()) await store.search({ user: 'user-2499-0', query: 'common', limit: 50, conversation: 'nowhere' })
}

const pages: Scenario = bench => measure(bench, async (going, note) => {
  await Promise.all(Array.from({ length: 8 }, async () => {
    while (going()) {
      const begun = performance.now()
      await bench.store.history({ conversation: `room-${Math.floor(Math.random() * 20)}`, limit: 50 })
      note(performance.now() - begun)
    }
  }))
})

const scenarios: Record<string, { prepare?: (bench: Bench) => Promise<unknown>, run: Scenario }> = {
  'one at a time': { run: closed(1, () => 0) },
  '64 in flight': { run: closed(64, () => 0) },
  '256 in flight': { run: closed(256, () => 0) },
  '500 writers': { run: closed(500, lane => lane) },
  '1000 writers': { run: closed(1_000, lane => lane) },
  'pairs 1000/s': { run: open(1_000) },
  'pairs 10000/s': { run: open(10_000) },
  'pairs 1000/s + search': {
    prepare: async (bench) => {
      for (let n = 0; n < 200; n++) await Promise.all(Array.from({ length: 500 }, () => bench.append(n, 'a common word')))
      await bench.store.search({ user: 'user-0-0', query: 'common', limit: 1 })
    },
    run: open(1_000, searchOnAndOn),
  },
  'pages of 50': {
    prepare: bench => Promise.all(Array.from({ length: 4_000 }, (_, n) => bench.append(n % 20))),
    run: pages,
  },
}

const openers: Record<string, (path: string, onCommit: () => void) => Promise<AnyStore>> = {
  'in-process': (path, onCommit) => openSqliteStore({ path, onCommit }),
  'worker': (path, onCommit) => openWorkerStore({ path, onCommit }),
}

async function once(kind: string, name: string): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'))
  const counter = { commits: 0 }
  const bench = new Bench(await openers[kind]!(join(folder, 'parley.db'), () => counter.commits++), counter)
  await fill(bench)
  await scenarios[name]!.prepare?.(bench)
  const figures = await scenarios[name]!.run(bench)
  await bench.store.close()
  await rm(folder, { recursive: true })
  return figures
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
const percentile = (values: number[], share: number) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0

const wanted = options.only === '' ? Object.keys(scenarios) : Object.keys(scenarios).filter(name => options.only.split(',').some(part => name.includes(part)))
console.log('| scenario | store | ops/s | p50 ms | p99 ms | max ms | ops/commit | loop µs/op | CPU µs/op |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |')
for (const name of wanted) for (const kind of options.store.split(',')) {
  const runs: Figures[] = []
  for (let run = 0; run < Number(options.runs); run++) runs.push(await once(kind, name))
  const of = (figure: (run: Figures) => number, digits: number) => median(runs.map(figure)).toFixed(digits)
  console.log(`| ${[
    name, kind, of(run => run.done / run.ms * 1000, 0), of(run => percentile(run.latencies, 0.5), 2), of(run => percentile(run.latencies, 0.99), 2),
    of(run => percentile(run.latencies, 1), 1), of(run => run.commits === 0 ? 0 : run.done / run.commits, 1), of(run => run.loopMicros / run.done, 1),
    of(run => run.cpuMicros / run.done, 1),
  ].join(' | ')} |`)
}
