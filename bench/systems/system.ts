import type { Setup } from '#parley/bench/load/commands.ts'

/** The users and rooms of a run. User `i` is in room `i / roomSize`. */
export interface World {
  users: number
  roomSize: number
  /** Messages in every room before the start. */
  missed?: number
  /** Messages in the whole database before the start, spread over the rooms (P6, P7). */
  stored?: number
  /** Direct conversations of every user beside the room, with a few messages each (P10). Even. */
  directs?: number
  /** Ms more that every commit takes (P5). */
  slowCommit?: number
  /** Without instruments, as an operator starts it: `state` cannot be asked for. */
  bare?: boolean
}

export interface ServerState { heapUsed: number, resident: number, loopDelay: { p50: number, p99: number, max: number } }

/** A running server and whoever may talk to it. */
export interface Running {
  pid: number
  port: number
  /** Ms from the start of the process until it listened. */
  startMs: number
  /** What the generator needs to know. */
  setup: Setup
  /** Memory after a garbage collection, and the event loop's delay since the last reset. */
  state(): Promise<ServerState>
  resetDelay(): void
  stop(): Promise<void>
}

/** One of the servers that are compared. */
export interface System {
  /** As on the command line. */
  name: string
  /** Whether an ack means that the message is on disk. */
  durable: boolean
  /** Starts it with a fresh data folder. */
  start(world: World): Promise<Running>
}
