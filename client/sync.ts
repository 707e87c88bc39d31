import type { Environment } from '#parley/client/environment.ts'
import type { Timeline } from '#parley/client/timeline.ts'
import type { ClientTiming } from '#parley/client/timing.ts'
import type { LogEvent } from '#parley/shared/model.ts'
import { encodeFrame, limits } from '#parley/shared/protocol/index.ts'
import type { Heads, PageFrame, Ref } from '#parley/shared/protocol/index.ts'

export interface SyncOptions {
  environment: Environment
  timing: ClientTiming
  timeline(conversation: string): Timeline
  send(encoded: readonly string[]): boolean
  /** Conversation on screen: first in the queue. */
  front(): string | undefined
  /** The conversation's history was replaced by these events (Y2). */
  reset(conversation: string, events: readonly LogEvent[]): void
  /** Not a member, or no such conversation. */
  gone(conversation: string): void
}

interface Flight {
  ref: number
  conversation: string
  /** The cursor that the server was told. */
  after: number
  cancel(): void
}

/** An answer later than this is treated as lost: its turn goes to the next, and the pull is asked for again. */
const answerLimit = 15_000
/** A page that brought nothing new: the store behind it lags, and asking again at once would not help. */
const retryAfter = 1_000

/** Pulls what the pushes did not bring: compares heads with cursors and syncs, at most two at a time (W3, Y1). */
export class Sync {
  readonly #options: SyncOptions
  #online = false
  #ref = 0
  readonly #wanted = new Set<string>()
  readonly #flights = new Map<Ref, Flight>()
  readonly #later = new Map<string, () => void>()

  constructor(options: SyncOptions) {
    this.#options = options
  }

  connected(heads: Heads): void {
    this.#online = true
    this.compare(heads)
  }

  disconnected(): void {
    this.#online = false
    for (const flight of this.#flights.values()) this.#end(flight)
    for (const cancel of this.#later.values()) cancel()
    this.#later.clear()
    this.#wanted.clear()
  }

  /**
   * Every conversation whose log moved, or changed under the cursor (R16), is pulled. One that holds no rows leaps to the head:
   * its history loads when it is opened.
   */
  compare(heads: Heads): void {
    for (const [conversation, [head, , tip]] of Object.entries(heads)) {
      const timeline = this.#options.timeline(conversation)
      timeline.setMissing(false)
      const same = timeline.cursor === head && (timeline.tip === undefined || timeline.tip === tip)
      if (same) continue
      if (timeline.loaded && timeline.cursor !== undefined) this.#wanted.add(conversation)
      else timeline.place(head, tip)
    }
    this.#pump()
  }

  /** A hole was seen in this conversation. */
  want(conversation: string): void {
    if (this.#later.has(conversation) || this.#inFlight(conversation)) return
    this.#wanted.add(conversation)
    this.#pump()
  }

  /** A summary says that the log is longer than what is held. What is on its way by push gets its time first. */
  behind(conversation: string, head: number): void {
    const { loaded, cursor } = this.#options.timeline(conversation)
    if (this.#online && loaded && cursor !== undefined && cursor < head) this.#wantLater(conversation)
  }

  page(frame: PageFrame): void {
    const flight = this.#flights.get(frame.ref)
    if (flight?.conversation !== frame.conversation) return // of a connection or a turn that is over (R12)
    const timeline = this.#options.timeline(frame.conversation)
    const before = timeline.cursor ?? 0
    // A reset judges the cursor of the request. History by HTTP has put it elsewhere since: back to that head would lose what came between.
    const outdated = frame.reset && before !== flight.after
    if (outdated) {
      this.#wanted.add(frame.conversation)
    }
    else if (frame.reset) {
      timeline.reset(frame.events, frame.head)
      this.#options.reset(frame.conversation, frame.events)
    }
    else {
      for (const event of frame.events) timeline.receive(event)
    }
    this.#end(flight)
    const unfinished = !outdated && ((frame.more && !frame.reset) || timeline.broken)
    if (unfinished && (timeline.cursor ?? 0) > before) this.#wanted.add(frame.conversation)
    else if (unfinished) this.#wantLater(frame.conversation)
    this.#pump()
  }

  /** `error` that names a sync (T5a). */
  failed(ref: Ref, code: string): void {
    const flight = this.#flights.get(ref)
    if (flight === undefined) return
    this.#end(flight)
    if (code === 'not_found') this.#options.gone(flight.conversation)
    else this.#wantLater(flight.conversation)
    this.#pump()
  }

  /** Nothing is being pulled or waits for it: what is shown is all there is. */
  idle(): boolean {
    return this.#flights.size === 0 && this.#wanted.size === 0
  }

  #inFlight(conversation: string): boolean {
    return [...this.#flights.values()].some(flight => flight.conversation === conversation)
  }

  #pump(): void {
    while (this.#online && this.#flights.size < limits.syncsInFlight) {
      const front = this.#options.front()
      const open = [...this.#wanted].filter(conversation => !this.#inFlight(conversation))
      const next = front !== undefined && open.includes(front) ? front : open[0]
      if (next === undefined) return
      this.#wanted.delete(next)
      this.#request(next)
    }
  }

  #request(conversation: string): void {
    const timeline = this.#options.timeline(conversation)
    const ref = ++this.#ref
    const cancel = this.#options.environment.timer(() => {
      const flight = this.#flights.get(ref)
      if (flight !== undefined) this.#end(flight)
      this.#wanted.add(conversation)
      this.#pump()
    }, answerLimit)
    const after = timeline.cursor ?? 0
    this.#flights.set(ref, { ref, conversation, after, cancel })
    timeline.syncing(true)
    const tip = typeof timeline.tip === 'string' ? { tip: timeline.tip } : {}
    this.#options.send([encodeFrame({ type: 'sync', ref, conversation, after, ...tip })])
  }

  #end(flight: Flight): void {
    flight.cancel()
    this.#flights.delete(flight.ref)
    this.#options.timeline(flight.conversation).syncing(false)
  }

  #wantLater(conversation: string): void {
    if (this.#later.has(conversation)) return
    const cancel = this.#options.environment.timer(() => {
      this.#later.delete(conversation)
      this.#wanted.add(conversation)
      this.#pump()
    }, retryAfter)
    this.#later.set(conversation, cancel)
  }
}
