import type { LogEvent, MemberEvent } from '#parley/shared/model.ts'

/**
 * What goes on in the log while a connection opens (W1). It is registered before the heads are read, for every conversation, since only
 * the heads say which are its own: to read that first would be a second question to the store for each client that comes.
 */
export class Arrival {
  readonly #user: string
  readonly #heads = new Map<string, number>()
  readonly #turns: { conversation: string, event: MemberEvent }[] = []

  constructor(user: string) {
    this.#user = user
  }

  /** A committed event, as it is delivered or takes its place in the fan-out; the same one may come twice. */
  heard(conversation: string, event: LogEvent): void {
    this.#heads.set(conversation, Math.max(event.seq, this.#heads.get(conversation) ?? 0))
    if (event.kind === 'member' && event.user === this.#user) this.#turns.push({ conversation, event })
  }

  /** The highest seq heard of; 0: none. */
  head(conversation: string): number {
    return this.#heads.get(conversation) ?? 0
  }

  /** Own joins and leaves above `head`, in log order. */
  turns(conversation: string, head: number): MemberEvent[] {
    const own = this.#turns.filter(turn => turn.conversation === conversation && turn.event.seq > head).map(turn => turn.event)
    return own.toSorted((left, right) => left.seq - right.seq)
  }
}
