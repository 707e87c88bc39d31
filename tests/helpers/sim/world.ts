import { timing } from '#parley/shared/protocol/index.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import type { Identity, Store } from '#parley/server/chat/ports.ts'
import { createDevice } from '#parley/tests/helpers/sim/device.ts'
import { everyFault, healAll, startFaults } from '#parley/tests/helpers/sim/faults.ts'
import type { Breakable, FaultMix } from '#parley/tests/helpers/sim/faults.ts'
import { createLossyBackplane } from '#parley/tests/helpers/sim/lossy-backplane.ts'
import type { BackplaneQuality } from '#parley/tests/helpers/sim/lossy-backplane.ts'
import { createNetwork } from '#parley/tests/helpers/sim/network.ts'
import type { Network } from '#parley/tests/helpers/sim/network.ts'
import { createOracle } from '#parley/tests/helpers/sim/oracle.ts'
import type { Membership, Oracle, Truth } from '#parley/tests/helpers/sim/oracle.ts'
import { createPage } from '#parley/tests/helpers/sim/page.ts'
import type { PageDoors } from '#parley/tests/helpers/sim/page.ts'
import { createPerson } from '#parley/tests/helpers/sim/person.ts'
import { fairWeather } from '#parley/tests/helpers/sim/process-store.ts'
import { createRandom } from '#parley/tests/helpers/sim/random.ts'
import type { SeededRandom } from '#parley/tests/helpers/sim/random.ts'
import { createServerNode, epochStart } from '#parley/tests/helpers/sim/server-node.ts'
import type { NodeDoors } from '#parley/tests/helpers/sim/server-node.ts'
import { createTrace } from '#parley/tests/helpers/sim/trace.ts'
import { createVirtualTime } from '#parley/tests/helpers/sim/virtual-time.ts'
import { createVault } from '#parley/tests/helpers/sim/vault.ts'
import type { Vault } from '#parley/tests/helpers/sim/vault.ts'
import type { VirtualTime } from '#parley/tests/helpers/sim/virtual-time.ts'

export interface StoreTools { clock: { now(): number }, random: SeededRandom, time: VirtualTime }

export interface SimStore extends Store, AccountStore {
  /** Copies what is committed now. @returns opens a store with that copy in it, as another history (W4) */
  backUp(): Promise<() => Promise<SimStore>>
}

/** Everything that shapes a run; together with the code it decides every step of it. */
export interface WorldPlan {
  seed: string
  nodes: number
  /** Ms of trouble. */
  trouble: number
  /** Ms between two faults, on average. */
  faultEvery: number
  faults: FaultMix
  /** Ms between two acts of a person, on average. */
  pace: number
  backplane: BackplaneQuality
  /** Newest events that the store keeps for `sync`. */
  keepEvents: number
  /** What a byte weighs in the send buffers. */
  byteWeight: number
  rateLimit: number
  /** Abandoned sockets still tell what comes (R11). */
  loudSockets: boolean
  /** Fetches the lists before the last look, for what a lossy backplane may leave untold (PROTOCOL 8). */
  refreshAtEnd: boolean
  /** Opens the store on a clock; what outlives the servers. */
  openStore: (tools: StoreTools) => Promise<SimStore>
  doors: NodeDoors & PageDoors
  /** Keeps the whole trace, every message on the wire included. */
  verbose?: boolean
}

export interface RunReport {
  seed: string
  violations: string[]
  trace: string[]
  /** How often each kind of thing happened. */
  tally: ReadonlyMap<string, number>
  /** Equal for two runs that went the same way. */
  digest: number
  steps: number
  /** Virtual ms. */
  duration: number
  /** Entries of all logs. */
  events: number
}

const people = ['alice', 'bob', 'carol'] as const

/** Conversations of every world: a large one, one that people leave and come back to, and a direct one. */
const rooms = [
  { id: 'team', kind: 'group', title: 'Team', members: ['alice', 'bob', 'carol'] },
  { id: 'club', kind: 'group', title: 'Club', members: ['bob', 'alice', 'carol'] },
  { id: 'pair', kind: 'direct', title: '', members: ['alice', 'bob'] },
] as const

/** Most worlds lack some kinds of trouble: a fault that comes alone is not drowned by the others. */
function drawMix(random: SeededRandom): FaultMix {
  const mix = { ...everyFault }
  for (const name of Object.keys(mix) as (keyof FaultMix)[]) if (random.chance(0.4)) mix[name] = 0
  return mix
}

/** A plan drawn from a seed: each seed is a world of its own kind, not only another order of the same faults. */
export function planOf(seed: number | string, store: WorldPlan['openStore'], doors: WorldPlan['doors'] = {}): WorldPlan {
  const random = createRandom(`plan ${seed}`)
  const nodes = random.chance(0.4) ? 2 : 1
  return {
    seed: String(seed),
    nodes,
    trouble: random.between(40_000, 120_000),
    faultEvery: random.pick([1_500, 4_000, 9_000]),
    faults: drawMix(random),
    pace: random.pick([700, 2_000, 4_000]),
    backplane: random.pick([{ loss: 0, double: 0, delay: 5 }, { loss: 0.2, double: 0.2, delay: 300 }, { loss: 1, double: 0, delay: 5 }]),
    keepEvents: random.pick([Infinity, Infinity, 20, 60]),
    byteWeight: random.pick([1, 100, 600]),
    refreshAtEnd: nodes > 1,
    rateLimit: random.pick([20, 20, 4, 0]),
    loudSockets: random.chance(0.5),
    openStore: store,
    doors,
  }
}

export interface World extends Breakable {
  plan: WorldPlan
  oracle: Oracle
  vault: Vault
  network: Network
}

async function furnish(store: SimStore): Promise<Map<string, Identity>> {
  const identities = new Map<string, Identity>()
  for (const name of people) {
    const made = await store.createUser({ id: name, username: name, usernameKey: name, displayName: name, passwordHash: '', at: epochStart, mayBeFirst: true })
    if (!made.ok) throw new Error(made.code)
    identities.set(name, { user: made.account, login: `login-${name}`, appname: '', address: '' })
  }
  for (const room of rooms) await store.createConversation({ ...room, members: [...room.members], at: epochStart })
  return identities
}

export async function createWorld(plan: WorldPlan): Promise<World> {
  const random = createRandom(plan.seed)
  const time = createVirtualTime()
  const trace = createTrace(time.now, plan.verbose ? Number.MAX_SAFE_INTEGER : undefined)
  const oracle = createOracle()
  const vault = createVault({
    store: await plan.openStore({ clock: { now: () => epochStart + Math.floor(time.now()) }, random: random.fork('store'), time }),
    rooms: rooms.map(({ id }) => id), time,
  })
  const identities = await furnish(vault.store)
  const weather = { ...fairWeather(), keepEvents: plan.keepEvents }
  const backplane = createLossyBackplane(time, random.fork('backplane'), plan.backplane, trace.count)
  const nodes = Array.from({ length: plan.nodes }, (_, index) => createServerNode({
    name: `node${index + 1}`, time, random: random.fork(`node ${index}`), trace, oracle, store: () => vault.store, weather, backplane, doors: plan.doors,
    settings: { rateLimit: plan.rateLimit, maxConnections: 1_000, maxConnectionsPerUser: 20, maxConnectionsPerIp: 100 },
    committed: vault.committed,
  }))
  for (const node of nodes) node.boot()
  const network = createNetwork({ time, random: random.fork('network'), nodes, count: trace.count, wrong: oracle.fault, ticketAge: timing.ticketAge, verbose: plan.verbose ?? false })
  const home = createDevice(time, random.fork('device'))
  const seats = [['alice', 'alice/1', home], ['alice', 'alice/2', home], ['bob', 'bob', undefined], ['carol', 'carol', undefined]] as const
  const pages = seats.map(([user, name, device]) => {
    const draw = random.fork(`page ${name}`)
    return createPage({
      name, time, trace, oracle, network, random: draw, identity: { ...identities.get(user)!, appname: name },
      device: device ?? createDevice(time, draw.fork('device')), doors: plan.doors, verbose: plan.verbose ?? false,
      quality: { latency: draw.between(1, 80), jitter: draw.between(0, 120), weight: plan.byteWeight, loud: plan.loudSockets },
    })
  })
  return { plan, time, random: random.fork('faults'), trace, oracle, nodes, pages, weather, backplane, vault, network }
}

async function readTruth(vault: Vault): Promise<Truth> {
  const logs = await vault.logs()
  const members = new Map<string, Map<string, Membership>>()
  for (const user of people) members.set(user, new Map((await vault.store.summaries(user)).map(({ id, ...membership }) => [id, membership])))
  return { logs, members }
}

/** Time after the last fault within which everything has healed: the longest backoff, its handshake, an audit, and as much again. */
const healingTime = 90_000

/** The users look at everything once more: each conversation, as it stands and then from its newest message up to its start. */
async function lookAtEverything({ time, pages, plan }: World): Promise<void> {
  // Receipts between nodes may be lost, and then only the next list tells the other devices of a reader how far that was (PROTOCOL 8).
  if (plan.refreshAtEnd) for (const page of pages) void page.client.refresh()
  for (const page of pages) for (const { id } of page.client.conversations()) page.show(id)
  await time.advance(10_000)
  for (const page of pages) for (const { id } of page.client.conversations()) void page.client.jumpToPresent(id)
  await time.advance(10_000)
  const reader = pages[0]!
  for (const { id } of reader.client.conversations()) {
    for (let turn = 0; turn < 30 && reader.client.timeline(id).hasOlder; turn++) {
      void reader.client.loadOlder(id)
      await time.advance(2_000)
    }
  }
}

/** Ends the trouble, lets the world heal, and has the oracle judge it. */
export async function judgeWorld(world: World): Promise<RunReport> {
  const { time, trace, oracle, pages, vault, plan } = world
  healAll(world)
  // What has piled up leaves no faster than the rate of its user allows (L4), and every tab sends it.
  const backlog = pages.reduce((sum, page) => sum + page.client.pending(), 0)
  await time.advance(healingTime + (plan.rateLimit > 0 ? 2_000 * backlog / plan.rateLimit : 0))
  await lookAtEverything(world)
  for (const page of pages) page.witness.finished(page.finalView())
  const truth = await readTruth(vault)
  const violations = oracle.judge(truth)
  await vault.close()
  const events = [...truth.logs.values()].reduce((sum, log) => sum + log.length, 0)
  return { seed: plan.seed, violations, trace: trace.lines(), tally: trace.tally, digest: trace.digest, steps: time.steps, duration: time.now(), events }
}

/** Runs a world through its trouble and its healing. Whatever is thrown on the way is a violation like any other. */
export async function runWorld(plan: WorldPlan): Promise<RunReport> {
  const world = await createWorld(plan)
  const { time, random, oracle, pages, network } = world
  const unhandled = (error: unknown) => oracle.fault(`threw: ${error instanceof Error ? error.stack ?? error.message : String(error)}`)
  process.on('unhandledRejection', unhandled)
  try {
    const persons = pages.map(page => createPerson({
      time, network, page, random: random.fork(`person ${page.name}`), pace: plan.pace, others: people.filter(name => name !== page.user),
    }))
    const calm = startFaults(world, plan.faults, plan.faultEvery)
    await time.advance(plan.trouble)
    calm()
    for (const person of persons) person.stop()
    return await judgeWorld(world)
  }
  catch (error) {
    unhandled(error)
    const { time: { steps }, trace } = world
    return { seed: plan.seed, violations: [...oracle.soFar], trace: trace.lines(), tally: trace.tally, digest: trace.digest, steps, duration: time.now(), events: 0 }
  }
  finally {
    process.off('unhandledRejection', unhandled)
  }
}

/** A failure as a person reads it: what is wrong, how to see it again, what led to it. */
export function describeFailure(report: RunReport, store: 'memory' | 'sqlite' = 'memory', plan?: string): string {
  return [
    `seed ${report.seed}: ${report.violations.length} violations in ${(report.duration / 1000).toFixed(0)} virtual seconds, ${report.events} events`,
    ...report.violations.slice(0, 10).map(violation => `  ✗ ${violation}`),
    `replay: npm run sim -- --from ${report.seed} --seeds 1 --store ${store}${plan === undefined ? '' : ` --plan '${plan}'`} --verbose`,
    ...report.trace.map(line => `    ${line}`),
  ].join('\n')
}
