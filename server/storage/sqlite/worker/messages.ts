import type { StoreStatus } from '#parley/shared/protocol/index.ts'
import { StoreUnavailable, type AppendRequest } from '#parley/server/chat/ports.ts'
import { ConfigurationError } from '#parley/server/storage/configuration-error.ts'

/** What the event loop and the threads of the store say to each other. */

/** What a thread is started with (`workerData`). */
export interface ThreadStart {
  role: 'writer' | 'reader'
  /** The database file. */
  path: string
  pragmas: Readonly<Record<string, string | number>>
  /** What a new database gets as its epoch (W4). */
  epoch: string
  /** Ms by which the clock of the store differs from that of the machine. */
  clockOffset: number
}

/** A call of a method of the store; `append` is by far the most frequent one and goes as its bare request. */
export type Call = AppendRequest | { method: string, args: unknown[] }

/**
 * The calls of one turn. Sent as one JSON text: structured clone takes more than twice as long on the event loop, and a message for each
 * call would wake the thread each time.
 */
export interface CallBatch {
  /** Number of the first call; the others follow. */
  first: number
  /** How many refusals of appends the sender knew of; see {@link Answers}. */
  generation: number
  calls: Call[]
}

/** What became of one call: its value as JSON (absent for undefined), why it failed, or its value as it is when that is a text. */
export type Settled
  = | [call: number, json: string | undefined]
    | [call: number, json: undefined, failure: Failure]
    | [call: number, json: undefined, failure: undefined, text: string]

export interface Answers {
  /** Call, seq, call, seq, … of new events that mention nobody: the common case as bare numbers. */
  appended: number[]
  settled: Settled[]
  /** Writes of each transaction since the last answers, and the ms that it took. */
  commits: [writes: number, ms: number][]
  /** Ms that a thread which reads has spent on it since the last answers. */
  reading: number
  /**
   * How often an append was refused. One that was issued before its caller could know of an earlier refusal waits behind that one, so it
   * is refused alike (LogStore.append): the thread tells by the generation of its batch.
   */
  generation: number
}

export type Failure
  = | { kind: 'unavailable', status: Exclude<StoreStatus, 'ok'> }
    | { kind: 'configuration' | 'type' | 'other', message: string }

export function failureOf(error: unknown): Failure {
  if (error instanceof StoreUnavailable) return { kind: 'unavailable', status: error.status }
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof ConfigurationError) return { kind: 'configuration', message }
  return { kind: error instanceof TypeError ? 'type' : 'other', message }
}

export function errorOf(failure: Failure): Error {
  switch (failure.kind) {
    case 'unavailable': return new StoreUnavailable(failure.status)
    case 'configuration': return new ConfigurationError(failure.message)
    case 'type': return new TypeError(failure.message)
    case 'other': return new Error(failure.message)
  }
}
