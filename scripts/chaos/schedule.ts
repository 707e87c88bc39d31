import { createRandom } from '#parley/tests/helpers/sim/random.ts'
import type { SeededRandom } from '#parley/tests/helpers/sim/random.ts'

/** What the network of a device does. */
const networkFaults = [
  'reset', 'fin', 'half-open up', 'half-open down', 'half-open both', 'delay', 'rate', 'cut after bytes', 'cut after frames', 'frames doubled',
  'frames swapped', 'refuse', 'silent accept', '502', '503',
] as const
/** What happens to the server's process. */
const serverFaults = ['SIGKILL', 'SIGTERM', 'SIGSTOP'] as const
/** What happens to a page. `freeze` exists in browsers only. */
const pageFaults = ['reload', 'offline'] as const
const tabFaults = ['tab reload', 'tab freeze', 'tab offline'] as const

type NetworkFault = typeof networkFaults[number]
export type ServerFault = typeof serverFaults[number]
type PageFault = typeof pageFaults[number] | typeof tabFaults[number]

/** Instants and durations in ms, `at` from the start of the episode; `amount` is what the kind makes of it, in [0, 1). */
interface Timing { at: number, lasts: number, amount: number }

export type PlannedFault = Timing & (
  | { place: 'network', kind: NetworkFault, device: number | 'all' }
  | { place: 'server', kind: ServerFault }
  | { place: 'page', kind: PageFault, page: number }
)

/** Faults that overlap, then a time without any in which everything heals. */
export interface Episode { number: number, faults: PlannedFault[], calm: number }

export interface Shape {
  /** Headless clients; each is a device of its own. */
  clients: number
  tabs: number
  /** Devices, the browsers of the tabs included: each has a network of its own. */
  devices: number
}

type Card = { place: 'network', kind: NetworkFault } | { place: 'server', kind: ServerFault } | { place: 'page', kind: PageFault }

/** Ms that a fault of a kind lasts, at least and at most; others end when they begin. */
const durations: Partial<Record<Card['kind'], [number, number]>> = {
  'half-open up': [500, 6_000], 'half-open down': [500, 6_000], 'half-open both': [500, 6_000], 'delay': [2_000, 6_000], 'rate': [2_000, 6_000],
  'cut after bytes': [1_000, 4_000], 'cut after frames': [1_000, 4_000], 'frames doubled': [2_000, 5_000], 'frames swapped': [2_000, 5_000],
  'refuse': [500, 6_000], 'silent accept': [500, 6_000], '502': [1_000, 5_000], '503': [1_000, 5_000],
  'SIGKILL': [0, 4_000], 'SIGTERM': [0, 2_000], 'SIGSTOP': [500, 9_000],
  'offline': [500, 5_000], 'tab offline': [500, 5_000], 'tab freeze': [1_000, 10_000],
}

function shuffled<T>(random: SeededRandom, items: readonly T[]): T[] {
  const left = [...items]
  return Array.from(items, () => left.splice(random.int(left.length), 1)[0]!)
}

function deckOf({ clients, tabs }: Shape): Card[] {
  return [
    ...networkFaults.map((kind): Card => ({ place: 'network', kind })),
    ...serverFaults.map((kind): Card => ({ place: 'server', kind })),
    ...(clients > 0 ? pageFaults : []).map((kind): Card => ({ place: 'page', kind })),
    ...(tabs > 0 ? tabFaults : []).map((kind): Card => ({ place: 'page', kind })),
  ]
}

/** One fault for each place at a time: two on one network would end each other, and a stopped process cannot be killed twice. */
function fits(drawn: readonly Card[], card: Card, devices: number): boolean {
  const same = drawn.filter(other => other.place === card.place).length
  return card.place === 'network' ? same < devices : same === 0
}

function plan(random: SeededRandom, cards: readonly Card[], shape: Shape): PlannedFault[] {
  const devices = shuffled(random, Array.from({ length: shape.devices }, (_, n) => n))
  const everywhere = cards.filter(card => card.place === 'network').length === 1 && random.chance(0.5)
  return cards.map((card): PlannedFault => {
    const [least, most] = durations[card.kind] ?? [0, 0]
    const timing = { at: random.between(0, 1_500), lasts: random.between(least, most), amount: random.next() }
    if (card.place === 'network') return { ...card, ...timing, device: everywhere ? 'all' : devices.pop()! }
    if (card.place === 'server') return { ...card, ...timing }
    // Headless pages come first, tabs behind them.
    return { ...card, ...timing, page: card.kind.startsWith('tab ') ? shape.clients + random.int(shape.tabs) : random.int(shape.clients) }
  })
}

/**
 * The faults of a run, without end: the same for the same seed and shape, whatever the machine does. Every kind comes once before any
 * comes again, so that short runs see many.
 */
export function* schedule(seed: number, shape: Shape): Generator<Episode, never> {
  const random = createRandom(`chaos/${seed}`)
  let deck: Card[] = []
  for (let number = 1; ; number++) {
    const cards: Card[] = []
    for (let wanted = random.weighted([[5, 1], [3, 2], [2, 3]]); wanted > 0; wanted--) {
      if (deck.length === 0) deck = shuffled(random, deckOf(shape))
      const at = deck.findIndex(card => fits(cards, card, shape.devices))
      if (at !== -1) cards.push(...deck.splice(at, 1))
    }
    yield { number, faults: plan(random, cards, shape), calm: random.between(300, 2_000) }
  }
}

/** One fault in a few words, for the log of a run. */
export function describeFault(fault: PlannedFault): string {
  const where = fault.place === 'network' ? (fault.device === 'all' ? ' on every network' : ` on network ${fault.device}`) : fault.place === 'page' ? ` of page ${fault.page}` : ''
  return `${fault.kind}${where} at ${fault.at} ms${fault.lasts > 0 ? ` for ${fault.lasts} ms` : ''}`
}
