import { isSilenced } from '#parley/shared/notifications.ts'
import type { LogEvent } from '#parley/shared/model.ts'
import type { Clock, Log } from '#parley/server/chat/ports.ts'
import type { PushStore, PushTarget, PushTargets } from '#parley/server/chat/push-port.ts'
import { pushMessages } from '#parley/server/push/push-message.ts'
import type { PushMessage } from '#parley/server/push/push-message.ts'

interface PushWatchOptions {
  store: Pick<PushStore, 'pushTargets' | 'reachesByPush' | 'hasPushSubscriptions'>
  clock: Clock
  log: Log
  /** Whether somebody is at one of the user's pages at this moment. */
  isActive: (user: string) => boolean
  send: (message: PushMessage) => void
}

/** A conversation in which something new was said, and when to look who has not read it. */
interface Look {
  conversation: string
  /** First new message. */
  from: number
  due: number
  /** Only these users; undefined: all. */
  only?: ReadonlySet<string>
  /** Looks that may still follow. */
  left: number
}

/** Ms in which a page that is open shows and reads a message itself; long enough for its `delivered` to have come. */
const grace = 6_000
/** Who is at their page when a message comes is looked at again, ms and times: they may leave without having read it. */
const again = 60_000
const looksAgain = 10
/** Ms until a look that the store refused is tried again. */
const refused = 5_000
/** Conversations in hand, and remembered ones that reach nobody. */
const most = 10_000
/** Ms after which a conversation that reached nobody is asked about again: another node may have let somebody in. */
const remembered = 300_000
const pageSize = 100

/**
 * Decides who is pushed to. On the path of a message it does next to nothing: a conversation is noted once per grace, and not at all when
 * nobody has a subscription, or none of its members has. The store then says who has not read, all at once.
 */
export class PushWatch {
  readonly #options: PushWatchOptions
  readonly #looks = new Map<string, Look>()
  /** People who were at their page; they are looked at again. */
  readonly #later: Look[] = []
  /** Conversations in which nobody can be reached, and until when that is believed. */
  readonly #unreachable = new Map<string, number>()
  /** By user and conversation: the last seq pushed, so that two looks tell nothing twice. */
  readonly #told = new Map<string, number>()
  #anybody = true
  #cancel: (() => void) | undefined
  #working: Promise<void> | undefined
  #closed = false

  constructor(options: PushWatchOptions) {
    this.#options = options
  }

  /** Learns whether there is anybody to push to. */
  async start(): Promise<void> {
    this.#anybody = await this.#options.store.hasPushSubscriptions(this.#options.clock.now())
  }

  /** Somebody made a subscription. */
  subscribed(): void {
    this.#anybody = true
    this.#unreachable.clear()
  }

  /** A committed event. Called for every one: constant time, nothing awaited, nothing thrown. */
  noticed(conversation: string, event: LogEvent): void {
    if (!this.#anybody) return
    if (event.kind === 'member') this.#unreachable.delete(conversation)
    if (event.kind !== 'message' || this.#looks.has(conversation) || this.#looks.size >= most) return
    const now = this.#options.clock.monotonic()
    if ((this.#unreachable.get(conversation) ?? 0) > now) return
    this.#looks.set(conversation, { conversation, from: event.seq, due: now + grace, left: looksAgain })
    this.#arm()
  }

  /** Looks at all that is noted, at once: the server goes down. */
  async finish(): Promise<void> {
    for (const look of [...this.#looks.values(), ...this.#later]) look.due = 0
    await this.#work()
  }

  close(): void {
    this.#closed = true
    this.#cancel?.()
    this.#looks.clear()
    this.#later.length = 0
  }

  #arm(): void {
    if (this.#cancel || this.#working || this.#closed) return
    const next = Math.min(this.#looks.values().next().value?.due ?? Infinity, ...this.#later.map(({ due }) => due))
    if (next === Infinity) return
    this.#cancel = this.#options.clock.timer(() => {
      this.#cancel = undefined
      void this.#work()
    }, Math.max(0, next - this.#options.clock.monotonic()))
  }

  #work(): Promise<void> {
    this.#working ??= this.#lookAtDue().finally(() => {
      this.#working = undefined
      this.#arm()
    })
    return this.#working
  }

  /** One conversation after the other, so that a busy minute does not take the store from those who read. Never rejects. */
  async #lookAtDue(): Promise<void> {
    for (let look = this.#takeDue(); look && !this.#closed; look = this.#takeDue()) {
      try {
        await this.#look(look)
      }
      catch (error) {
        this.#options.log.warn('could not look whom to push to', { conversation: look.conversation, error: String(error) })
        if (look.left > 0) this.#later.push({ ...look, due: this.#options.clock.monotonic() + refused, left: look.left - 1 })
      }
    }
  }

  #takeDue(): Look | undefined {
    const now = this.#options.clock.monotonic()
    const first = this.#looks.values().next().value
    if (first && first.due <= now) {
      this.#looks.delete(first.conversation)
      return first
    }
    const place = this.#later.findIndex(({ due }) => due <= now)
    return place < 0 ? undefined : this.#later.splice(place, 1)[0]
  }

  async #look({ conversation, from, only, left }: Look): Promise<void> {
    const { store, clock } = this.#options
    const present = new Set<string>()
    let found = 0
    for (let after: string | undefined, more = true; more;) {
      const page = await store.pushTargets({ conversation, from, now: clock.now(), limit: pageSize, ...(after === undefined ? {} : { after }) })
      for (const target of page?.targets ?? []) {
        found++
        if (only === undefined || only.has(target.user)) this.#tell(page!.conversation, target, present)
      }
      after = page?.next
      more = after !== undefined
    }
    if (present.size > 0 && left > 0 && this.#later.length < most) this.#later.push({ conversation, from, only: present, due: clock.monotonic() + again, left: left - 1 })
    if (found === 0 && !await store.reachesByPush(conversation, clock.now())) this.#remember(conversation)
  }

  #tell(conversation: PushTargets['conversation'], target: PushTarget, present: Set<string>): void {
    const { clock, isActive, send } = this.#options
    if (isSilenced(target.settings, clock.now())) return
    const key = `${target.user} ${conversation.id}`
    if ((this.#told.get(key) ?? 0) >= target.seq) return
    // A link that is dead looks like somebody who is there: only a page that said it has the message counts.
    if (isActive(target.user) && target.deliveredSeq >= target.seq) return void present.add(target.user)
    if (this.#told.size >= most) this.#told.clear()
    this.#told.set(key, target.seq)
    for (const message of pushMessages(conversation, target)) send(message)
  }

  #remember(conversation: string): void {
    if (this.#unreachable.size >= most) this.#unreachable.clear()
    this.#unreachable.set(conversation, this.#options.clock.monotonic() + remembered)
  }
}
