import { limits } from '#parley/shared/protocol/index.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import type { EncodedFrames } from '#parley/server/chat/encoding.ts'
import { encodedEvent } from '#parley/server/chat/event-run.ts'
import type { EventRun } from '#parley/server/chat/event-run.ts'
import type { FrameClass } from '#parley/server/chat/send-queue.ts'

/** A connection as the fan-out sees it. */
export interface Subscriber {
  readonly id: string
  readonly user: string
  /** @returns false when the frame was withheld or dropped (L3) */
  push(frames: EncodedFrames, kind: FrameClass): boolean
  /** The subject left this conversation and has had its last event (O6). */
  removed(conversation: string): void
}

/**
 * Where one connection stands in one conversation's fan-out.
 *
 * ```
 *  detached ──attach(head)──► attached ──detach──► detached     opening, or lagging (L3)
 *                             gets sent+1, sent+2, …
 * ```
 */
type Place
  = | { phase: 'detached', before: number | undefined }
    /** `held`: while it reads, the last runs that were offered. */
    | { phase: 'attached', sent: number, held: EventRun[] | undefined }

/** Runs kept while a connection reads; what it reads meanwhile closes the hole before them. */
const mostHeld = 16

export class Subscription {
  readonly #subscriber: Subscriber
  readonly #conversation: string
  readonly #context: ChatContext
  #place: Place = { phase: 'detached', before: undefined }
  /** The leave event of this user: the last seq that may go out (O6). */
  #until: number | undefined
  /** The highest seq that this connection should have; grows while it reads. */
  #target = 0
  /** Made by a join that heads read earlier do not know of yet; `from` is the seq before the first event it gets, if that is known. */
  joined: { from: number | undefined } | undefined

  constructor(subscriber: Subscriber, conversation: string, context: ChatContext) {
    this.#subscriber = subscriber
    this.#conversation = conversation
    this.#context = context
  }

  get attached(): boolean {
    return this.#place.phase === 'attached'
  }

  /** The last seq that was sent, or had been when the connection was detached. */
  get sent(): number | undefined {
    return this.#place.phase === 'attached' ? this.#place.sent : this.#place.before
  }

  /** Whether the user is a member as far as this node has followed the log (O6, X11). */
  get member(): boolean {
    return this.#until === undefined
  }

  attach(head: number): void {
    this.#place = { phase: 'attached', sent: head, held: undefined }
    this.joined = undefined
    if (this.#until !== undefined && this.#until <= head) this.#until = undefined
  }

  detach(): void {
    if (this.#place.phase === 'attached') this.#place = { phase: 'detached', before: this.#place.sent }
  }

  /** The user left at this seq. */
  endAt(seq: number): void {
    if (this.#place.phase === 'detached' || this.#place.sent < seq) this.#until = seq
  }

  /** The user is a member again. */
  rejoin(): void {
    this.#until = undefined
  }

  /** The next events of the conversation; what this connection has already is left out, and what lies before them is read. */
  offer(run: EventRun): void {
    this.#target = Math.max(this.#target, run.last)
    if (this.#place.phase === 'detached' || run.last <= this.#place.sent) return
    // Dropping them instead would mean to read each of them as well, and never to catch up with a busy conversation.
    if (this.#place.held) return void (this.#place.held.push(run) > mostHeld && this.#place.held.shift())
    if (run.first > this.#place.sent + 1) return this.catchUp(run.last)
    this.#take(run)
  }

  #take(run: EventRun): void {
    if (this.#place.phase === 'detached') return
    if (run.first === this.#place.sent + 1 && (this.#until === undefined || run.last <= this.#until)) return this.#send(run.last, run.frames)
    for (const event of run.after(this.#place.sent)) this.#send(event.seq, encodedEvent(this.#conversation, event))
  }

  /** Reads from the store what lies between this connection and the conversation's fan-out. Errors end it; the audit begins again. */
  catchUp(pushed: number): void {
    this.#target = Math.max(this.#target, pushed)
    if (this.#place.phase === 'detached' || this.#place.held || this.#place.sent >= this.#target) return
    this.#place.held = []
    void this.#read(this.#place)
  }

  /** @param last the seq of the last event in the frames */
  #send(last: number, frames: EncodedFrames): void {
    if (this.#place.phase === 'detached') return
    if (this.#until !== undefined && last > this.#until) return
    // Withheld: the queue has detached this connection, and heads will tell it what it lacks (L3).
    if (!this.#subscriber.push(frames, 'event')) return
    this.#place.sent = last
    if (last === this.#until) this.#subscriber.removed(this.#conversation)
  }

  async #read(place: Extract<Place, { phase: 'attached' }>): Promise<void> {
    try {
      while (this.#place === place && place.sent < this.#target) {
        const events = await this.#context.store.range(this.#conversation, place.sent + 1, this.#target, limits.pageEvents)
        const before = place.sent
        for (const event of events) {
          if (this.#place === place && event.seq === place.sent + 1) this.#send(event.seq, encodedEvent(this.#conversation, event))
        }
        this.#takeHeld(place)
        // Not readable yet, withheld, or past the end of a membership: reading again at once would change nothing.
        if (place.sent === before) break
      }
    }
    catch (error) {
      this.#context.log.warn('could not read what a connection lacks', { conversation: this.#conversation, connection: this.#subscriber.id, error: String(error) })
    }
    finally {
      place.held = undefined
    }
  }

  /** Follows the runs that came while it read, as far as they join on. */
  #takeHeld(place: Extract<Place, { phase: 'attached' }>): void {
    for (let run = place.held?.[0]; run && run.first <= place.sent + 1; run = place.held?.[0]) {
      place.held?.shift()
      if (this.#place === place && run.last > place.sent) this.#take(run)
    }
  }
}
