import type { LogEvent } from '#parley/shared/model.ts'
import { limits } from '#parley/shared/protocol/index.ts'
import { encoded, joined } from '#parley/server/chat/encoding.ts'
import type { EncodedFrames } from '#parley/server/chat/encoding.ts'

/** A larger run would put a connection over its send budget by itself, before it is known whether the peer takes anything (L3). */
const runBytes = limits.serverMessageBytes / 4

export const encodedEvent = (conversation: string, event: LogEvent): EncodedFrames => encoded({ type: 'event', conversation, event })

/** Consecutive events of one conversation on their way to its connections; together they fit one message (T3, T4). */
export class EventRun {
  readonly #conversation: string
  readonly #events: LogEvent[]
  #frames: EncodedFrames

  constructor(conversation: string, event: LogEvent) {
    this.#conversation = conversation
    this.#events = [event]
    this.#frames = encodedEvent(conversation, event)
  }

  get first(): number {
    return this.#events[0]!.seq
  }

  get last(): number {
    return this.#events.at(-1)!.seq
  }

  /** All of it. */
  get frames(): EncodedFrames {
    return this.#frames
  }

  /** @returns false when the run is full */
  add(event: LogEvent): boolean {
    if (this.#events.length >= limits.framesPerMessage) return false
    const frames = encodedEvent(this.#conversation, event)
    if (this.#frames.bytes + frames.bytes > runBytes) return false
    this.#events.push(event)
    this.#frames = joined(this.#frames, frames)
    return true
  }

  after(seq: number): LogEvent[] {
    return this.#events.filter(event => event.seq > seq)
  }
}
