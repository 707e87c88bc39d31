import type { Op, RejectCode, StoreStatus } from '#parley/shared/protocol/index.ts'

/**
 * What a server knows of its own work, as plain numbers that only grow or say how things stand. Who counts them is in the path of each op
 * and delivery and pays one addition; names, labels and text are made when somebody asks (server/metrics).
 */

/** How long things took, in classes: adding one costs a few comparisons and keeps nothing of it. */
export class LatencyFigures {
  /** Upper ends of the classes, ms, ascending; what is longer than all of them has a class of its own. */
  readonly bounds: readonly number[]
  /** How many fell into each class, the last one beyond all bounds; not added up. */
  readonly counts: number[]
  /** Ms, all together. */
  sum = 0

  constructor(bounds: readonly number[] = latencyBounds) {
    this.bounds = bounds
    this.counts = [...bounds, Infinity].map(() => 0)
  }

  /** @param times how often it took so long */
  add(ms: number, times = 1): void {
    let place = 0
    while (place < this.bounds.length && ms > this.bounds[place]!) place++
    this.counts[place]! += times
    this.sum += ms * times
  }
}

/** From what nobody could measure to what everybody notices. */
const latencyBounds = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const

/** Counts by a key of which there are few. */
export class Tally<Key> {
  readonly #counts = new Map<Key, number>()

  add(key: Key, times = 1): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + times)
  }

  entries(): [Key, number][] {
    return [...this.#counts]
  }
}

/** What the chat core counts. */
export class ChatCounters {
  /** Ops that were answered, over sockets and HTTP. */
  readonly ops: Record<Op['type'], number> = { send: 0, edit: 0, delete: 0, react: 0 }
  /** Of these, those that were committed before (S3). */
  duplicates = 0
  readonly rejects = new Tally<RejectCode>()
  /** Ops whose fate the store could not tell (S5). */
  unknownFates = 0
  /** Ops that the store would not take at first (S4). */
  readonly refused = new Tally<Exclude<StoreStatus, 'ok'>>()
  /** From an op's arrival to its answer, over sockets. */
  readonly ack = new LatencyFigures()
  /** From a committed event to the last write for it, by conversation and turn. */
  readonly fanOut = new LatencyFigures()
  /** Events handed to connections. */
  deliveries = 0
  /** Messages written to sockets, and their bytes. */
  messages = 0
  bytes = 0
  /** Times that a connection began to lag (L3). */
  lags = 0
  opened = 0
  /** Ended connections by code, and by whose. */
  readonly closes = new Tally<`${'server' | 'peer'} ${number | 'other'}`>()
  /** Conversations in which an audit found events that had not been pushed (O4). */
  repairs = 0
  /** Frames that broke the rules (T6). */
  badFrames = 0
}

/** What the chat core tells of itself now. */
export interface ChatFigures {
  counters: ChatCounters
  connections: number
  /** Users with a connection. */
  users: number
  /** Sockets that are not gone yet, ended connections among them. */
  sockets: number
  /** Bytes on their way to peers. */
  buffered: number
  /** Connections whose events are withheld (L3). */
  lagging: number
  store: StoreStatus
  draining: boolean
}

/** What the store counts; filled in by its adapter. */
export class StoreFigures {
  /** How long transactions took, in the thread that writes. */
  readonly commit = new LatencyFigures()
  writes = 0
  reads = 0
  /** Ms that were spent on reading. */
  reading = 0
  /** Calls in the hands of each thread. */
  queues: () => { writer: number, reader: number } = () => ({ writer: 0, reader: 0 })
}
