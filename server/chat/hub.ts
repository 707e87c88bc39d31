import type { Heads } from '#parley/shared/protocol/index.ts'
import type { LogEvent, MemberEvent } from '#parley/shared/model.ts'
import { Arrival } from '#parley/server/chat/arrival.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import { Feed } from '#parley/server/chat/feed.ts'
import type { Flusher } from '#parley/server/chat/flusher.ts'
import type { EncodedFrames } from '#parley/server/chat/encoding.ts'
import type { Subscriber, Subscription } from '#parley/server/chat/subscription.ts'

/** A connection as the hub sees it. */
export interface HubMember extends Subscriber {
  /** Whether `welcome` has been sent. */
  readonly welcomed: boolean
  /** Whether its events are withheld (L3). */
  readonly lagging: boolean
}

interface HubOptions<S extends HubMember> {
  context: ChatContext
  flusher: Flusher
  /** Open connections of a user on this node. */
  connectionsOf: (user: string) => S[]
  /** A user is a member from this event on; may be called more than once for the same join. */
  onJoin: (conversation: string, user: string, seq: number) => void
  /** Members or title changed, as a summary tells beside the log. */
  onChange: (conversation: string) => void
}

function turnAt(subscription: Subscription | undefined, event: MemberEvent): void {
  if (event.change === 'leave') subscription?.endAt(event.seq)
  else if (event.change === 'join') subscription?.rejoin()
}

/**
 * Who gets what on this node: the fan-out of every conversation that a connection here watches. Membership follows the log itself, so
 * the list of receivers is right for each event (R13, O6).
 */
export class Hub<S extends HubMember> {
  readonly #options: HubOptions<S>
  readonly #feeds = new Map<string, Feed>()
  readonly #watching = new Map<S, Set<string>>()
  readonly #arrivals = new Set<Arrival>()

  constructor(options: HubOptions<S>) {
    this.#options = options
  }

  /** Begins to listen for a connection that opens, before its heads are read (W1). Ended by `settle`, whatever becomes of it. */
  expect(user: string): Arrival {
    const arrival = new Arrival(user)
    this.#arrivals.add(arrival)
    return arrival
  }

  settle(arrival: Arrival): void {
    this.#arrivals.delete(arrival)
  }

  /** Registers a connection for a conversation; nothing reaches it before attach (W1). */
  watch(member: S, conversation: string): Subscription {
    let feed = this.#feeds.get(conversation)
    if (!feed) {
      const { context, flusher } = this.#options
      feed = new Feed(conversation, context, flusher, (source, event) => this.#observe(source, event))
      this.#feeds.set(conversation, feed)
    }
    const own = this.#watching.get(member)
    if (own) own.add(conversation)
    else this.#watching.set(member, new Set([conversation]))
    return feed.watch(member)
  }

  unwatch(member: S, conversation: string): void {
    this.#watching.get(member)?.delete(conversation)
    const feed = this.#feeds.get(conversation)
    feed?.unwatch(member)
    if (feed?.size === 0) this.#feeds.delete(conversation)
  }

  /** The connection is gone. */
  leave(member: S): void {
    for (const conversation of [...this.#watching.get(member) ?? []]) this.unwatch(member, conversation)
    this.#watching.delete(member)
  }

  /**
   * The heads have been sent: events flow behind them.
   *
   * @param arrival what was heard since before the heads were read, for a connection that had not registered by then
   * @returns what the connection watched but is not in its heads: conversations that it left, or joined after the heads were read
   */
  attachAll(member: S, heads: Heads, arrival?: Arrival): { conversation: string, joined: Subscription['joined'] }[] {
    const known = new Set(Object.keys(heads))
    const absent: ReturnType<Hub<S>['attachAll']> = []
    for (const conversation of [...this.#watching.get(member) ?? []]) {
      if (known.has(conversation)) continue
      const subscription = this.subscription(member, conversation)
      const joined = subscription?.joined
      absent.push({ conversation, joined })
      if (subscription && joined) subscription.joined = undefined
      else this.unwatch(member, conversation)
    }
    for (const conversation of known) {
      const head = heads[conversation]![0]
      if (arrival) this.#turn(member, conversation, arrival.turns(conversation, head))
      this.attach(member, conversation, head)
      if (arrival && arrival.head(conversation) > head) this.#feeds.get(conversation)?.heard(arrival.head(conversation))
    }
    return absent
  }

  /** Events after `head` flow to this connection. */
  attach(member: S, conversation: string, head: number): void {
    this.watch(member, conversation)
    this.#feeds.get(conversation)?.attach(member, head)
  }

  /** Stops all events to a connection that lags; its place is kept (L3). */
  detachAll(member: S): void {
    for (const conversation of this.#watching.get(member) ?? []) this.subscription(member, conversation)?.detach()
  }

  subscription(member: Subscriber, conversation: string): Subscription | undefined {
    return this.#feeds.get(conversation)?.subscription(member)
  }

  /**
   * Whether the connection gets the events of a conversation, and the fan-out has come as far as `head`: then its user was a member there,
   * and nobody else need be asked (X11).
   */
  follows(member: Subscriber, conversation: string, head: number): boolean {
    const feed = this.#feeds.get(conversation)
    const subscription = feed?.subscription(member)
    return subscription?.attached === true && subscription.member && (feed?.pushed ?? 0) >= head
  }

  /** Whether the connection's user is a member, as far as this node has followed the log. */
  isMember(member: Subscriber, conversation: string): boolean {
    return this.subscription(member, conversation)?.member === true
  }

  /**
   * A committed event of this node or another (O3). A join is looked at twice: now, since perhaps nobody here follows that log yet, and
   * when it takes its place in the log.
   */
  deliver(conversation: string, event: LogEvent): void {
    if (event.kind === 'member' && event.change === 'join') this.#options.onJoin(conversation, event.user, event.seq)
    for (const arrival of this.#arrivals) arrival.heard(conversation, event)
    this.#feeds.get(conversation)?.deliver(event)
  }

  /** Connections here of others who share a conversation with a user that is connected here. */
  companions(user: string): Set<Subscriber> {
    const found = new Set<Subscriber>()
    for (const own of this.#options.connectionsOf(user)) {
      for (const conversation of this.#watching.get(own) ?? []) {
        if (!this.isMember(own, conversation)) continue
        for (const other of this.watchers(conversation)) if (other.user !== user && this.isMember(other, conversation)) found.add(other)
      }
    }
    return found
  }

  /**
   * Sends an ephemeral frame to the members' connections here.
   *
   * @param shows whether a user is shown it
   */
  broadcast(conversation: string, frame: EncodedFrames, except: Subscriber | undefined, shows: (user: string) => boolean): void {
    const feed = this.#feeds.get(conversation)
    for (const member of feed?.subscribers() ?? []) {
      if (member !== except && feed?.subscription(member)?.member && shows(member.user)) member.push(frame, 'ephemeral')
    }
  }

  /** A conversation was deleted for good: its watchers are told, and nobody gets anything of it any more. */
  forget(conversation: string): void {
    for (const member of this.watchers(conversation)) member.removed(conversation)
  }

  /** Connections here that watch a conversation. */
  watchers(conversation: string): Subscriber[] {
    return this.#feeds.get(conversation)?.subscribers() ?? []
  }

  feeds(): Feed[] {
    return [...this.#feeds.values()]
  }

  /** Own leaves and joins that nobody here could tell the subscription when they came. */
  #turn(member: S, conversation: string, events: readonly MemberEvent[]): void {
    const subscription = events.length > 0 ? this.watch(member, conversation) : undefined
    for (const event of events) turnAt(subscription, event)
  }

  #observe(feed: Feed, event: LogEvent): void {
    for (const arrival of this.#arrivals) arrival.heard(feed.conversation, event)
    if (event.kind === 'member') {
      for (const member of this.#options.connectionsOf(event.user)) turnAt(feed.subscription(member), event)
      if (event.change === 'join') this.#options.onJoin(feed.conversation, event.user, event.seq)
    }
    if (event.kind === 'member' || event.kind === 'meta') this.#options.onChange(feed.conversation)
  }
}
