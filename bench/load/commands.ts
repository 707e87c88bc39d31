import type { WireName } from '#parley/bench/load/wires.ts'
import type { Faults } from '#parley/bench/measure/delivery-check.ts'

/** Who takes part: told once, first. */
export interface Setup {
  port: number
  wire: WireName
  /** Whose CPU is counted. */
  serverPid: number
  rooms: { id: string, size: number }[]
  /** One for each peer: its token, and the place of its room in `rooms`. */
  peers: { token: string, room: number }[]
}

/** What the generator can be told to do, one thing after the other. */
export type Command
  /** All peers that are connected leave first; then the first `limit` come, all by default. */
  = | { do: 'connect', concurrency: number, limit?: number }
    /** Each of `senders` peers keeps `depth` messages in flight. */
    | { do: 'closed', senders: number, depth: number, warmup: number, seconds: number }
    /** Messages at a fixed rate from all peers in turn, whatever the answers do. */
    | { do: 'open', rate: number, warmup: number, seconds: number }
    /** All peers come at once and pull their room from its start. */
    | { do: 'storm', tickets: 'held' | 'fetched' }
    /** GET requests over `connections`: `rate` = in a second (open loop); undefined = as many as go (closed loop). `path` holds `{room}` and `{before}`. */
    | { do: 'http', path: string, connections: number, rate?: number, warmup: number, seconds: number }
    | { do: 'finish' }

export interface Percentiles { p50: number, p99: number, max: number }

/** What a load brought, over the window that was measured. Latencies in ms, from the intended time of sending. */
export interface LoadResult {
  seconds: number
  /** Acknowledged messages, or answered requests. */
  messages: number
  /** Events at others than their sender. */
  deliveries: number
  serverCpuMs: number
  ownCpuMs: number
  acks?: Percentiles
  received?: Percentiles
  /** How late messages were sent: the generator's own fault. */
  lateP99?: number
  /** Clients, in a storm. */
  clients?: number
  /** Ms until the first and the last client were welcome (storm) or had all they missed. */
  firstWelcome?: number
  lastWelcome?: number
  /** Connections that broke on their way up and were tried again. */
  retries?: number
}

export interface FinishResult { faults: Faults, closed: number, closedWith: string[], rejected: number, lagged: number, unanswered: number }

export type Reply = { ok: true, result: LoadResult | FinishResult } | { ok: false, error: string }
