import { setTimeout } from 'node:timers/promises'
import type { ProxyLink } from '#parley/tests/helpers/fault-proxy-link.ts'
import type { FaultProxy } from '#parley/tests/helpers/fault-proxy.ts'
import type { PlannedFault, ServerFault } from '#parley/scripts/chaos/schedule.ts'
import type { Seat } from '#parley/scripts/chaos/seat.ts'

/** What faults happen to. */
export interface Arena {
  /** One network per device. */
  networks: readonly FaultProxy[]
  /** Headless clients first, tabs behind them. */
  seats: readonly Seat[]
  server: {
    kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
    restart(): Promise<void>
    signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  }
}

/** Applies to the sockets of now and, until it is ended, to those to come. */
function onSockets(network: FaultProxy, apply: (link: ProxyLink) => void): () => void {
  for (const link of network.sockets) apply(link)
  return network.onSocket(apply)
}

const nothing = () => {}

type NetworkKind = Extract<PlannedFault, { place: 'network' }>['kind']

/** By kind: begins the fault, returns what there is to take back beside `heal`. `amount` is in [0, 1). */
const onNetwork: { [Kind in NetworkKind]: (network: FaultProxy, amount: number) => (() => void) | Promise<void> | undefined } = {
  'reset': network => (network.drop(), nothing),
  'fin': network => (network.fin(), nothing),
  'half-open up': network => (network.hole('up'), nothing),
  'half-open down': network => (network.hole('down'), nothing),
  'half-open both': network => (network.hole('both'), nothing),
  'delay': (network, amount) => (network.delay(50 + amount * 600, { jitter: 300, seed: Math.floor(amount * 1_000) }), nothing),
  'rate': (network, amount) => (network.rate(500 + Math.floor(amount * 8_000)), nothing),
  'cut after bytes': (network, amount) => onSockets(network, link => link.cutAfter({ bytes: 100 + Math.floor(amount * 2_000) }, amount < 0.5 ? 'up' : 'down')),
  'cut after frames': (network, amount) => onSockets(network, link => link.cutAfter({ frames: 1 + Math.floor(amount * 8) }, amount < 0.5 ? 'up' : 'down')),
  'frames doubled': network => onSockets(network, link => link.duplicate()),
  'frames swapped': network => onSockets(network, link => link.swap()),
  'refuse': async (network) => {
    await network.refuse()
    network.drop()
  },
  'silent accept': async (network) => {
    await network.silence()
    network.drop()
  },
  '502': network => (network.http(/^\/api\/ws\/ticket$|^\/_ws$/, { status: 502 }), network.drop(), nothing),
  '503': network => (network.http(/^\/api\/ws\/ticket$/, { status: 503, headers: { 'retry-after': '1' } }), network.drop(), nothing),
}

async function injectNetwork(fault: Extract<PlannedFault, { place: 'network' }>, arena: Arena): Promise<() => Promise<void>> {
  const hit = fault.device === 'all' ? arena.networks : [arena.networks[fault.device]!]
  const endings: (() => void)[] = []
  for (const network of hit) {
    const end = await onNetwork[fault.kind](network, fault.amount)
    if (end) endings.push(end)
  }
  return async () => {
    for (const end of endings) end()
    for (const network of hit) await network.heal()
  }
}

async function injectServer(kind: ServerFault, { server }: Arena): Promise<() => Promise<void>> {
  if (kind === 'SIGSTOP') {
    server.signal('SIGSTOP')
    return async () => server.signal('SIGCONT')
  }
  await server.kill(kind)
  return () => server.restart()
}

async function injectPage({ kind, page }: Extract<PlannedFault, { place: 'page' }>, { seats }: Arena): Promise<() => Promise<void>> {
  const seat = seats[page]!
  if (kind === 'tab freeze') {
    await seat.freeze(true)
    return () => seat.freeze(false)
  }
  if (kind === 'offline' || kind === 'tab offline') {
    await seat.setOnline(false)
    return () => seat.setOnline(true)
  }
  // Not waited for here: it may need the end of the other faults. Until it is back the seat is not online.
  void seat.reload()
  return async () => {}
}

/** Begins a fault when its time has come and ends it; resolves when it is over. */
export async function undergo(fault: PlannedFault, arena: Arena): Promise<void> {
  await setTimeout(fault.at)
  const end = fault.place === 'network' ? await injectNetwork(fault, arena) : fault.place === 'server' ? await injectServer(fault.kind, arena) : await injectPage(fault, arena)
  await setTimeout(fault.lasts)
  await end()
}
