import { limits } from '#parley/shared/protocol/index.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import type { Hub, HubMember } from '#parley/server/chat/hub.ts'
import { encoded } from '#parley/server/chat/encoding.ts'
import type { FrameClass } from '#parley/server/chat/send-queue.ts'
import type { Summaries } from '#parley/server/chat/summaries.ts'

/** Ms in which changes of one conversation are told once: inviting ten people makes ten events. */
const refreshDelay = 200
/** More people than this are not told one by one: each needs a view of their own, and the log events tell the same. */
const refreshUsers = 2 * limits.inlineMembers

interface AnnouncerOptions<S extends HubMember> {
  context: ChatContext
  hub: Hub<S>
  summaries: Summaries
  connectionsOf: (user: string) => S[]
}

/** `conversation` frames: you joined, or the title, members, roles or your own settings changed (§8). */
export class Announcer<S extends HubMember> {
  readonly #options: AnnouncerOptions<S>
  readonly #planned = new Map<string, () => void>()

  constructor(options: AnnouncerOptions<S>) {
    this.#options = options
  }

  /** Members or title changed: all who watch are told, a little later, once for many changes. */
  plan(conversation: string): void {
    if (this.#planned.has(conversation)) return
    this.#planned.set(conversation, this.#options.context.clock.timer(() => {
      this.#planned.delete(conversation)
      this.refresh(conversation)
    }, refreshDelay))
  }

  /**
   * Brings all connections of a user here into a conversation: summary first, then its events (O6).
   *
   * @param from the seq before the first event they get; unknown: the head in the summary
   */
  introduce(user: string, conversation: string, from?: number): void {
    const { hub, connectionsOf } = this.#options
    const newcomers = connectionsOf(user).filter((member) => {
      const subscription = hub.subscription(member, conversation)
      return !subscription?.attached && !subscription?.joined
    })
    if (newcomers.length === 0) return
    for (const member of newcomers) hub.watch(member, conversation).joined = { from }
    void this.#bringIn(user, conversation, from)
  }

  /** Tells these users, or all who watch here, how a conversation stands for them. */
  refresh(conversation: string, users?: readonly string[]): void {
    const { hub } = this.#options
    const everyone = users ?? [...new Set(hub.watchers(conversation).map(member => member.user))]
    if (!users && everyone.length > refreshUsers) return
    for (const user of everyone) void this.#tell(user, conversation)
  }

  dispose(): void {
    for (const cancel of this.#planned.values()) cancel()
    this.#planned.clear()
  }

  async #tell(user: string, conversation: string): Promise<void> {
    const { hub, connectionsOf } = this.#options
    if (connectionsOf(user).some(member => !hub.subscription(member, conversation))) return this.introduce(user, conversation)
    await this.#send(user, conversation, 'ephemeral', () => {})
  }

  /** Connections that have no `welcome` yet, or lag, are attached by the heads they are about to get. */
  async #bringIn(user: string, conversation: string, from: number | undefined): Promise<void> {
    const { hub } = this.#options
    await this.#send(user, conversation, 'answer', (member, head) => {
      const subscription = hub.subscription(member, conversation)
      if (subscription && !subscription.attached) hub.attach(member, conversation, from ?? head)
    })
  }

  async #send(user: string, conversation: string, kind: FrameClass, then: (member: S, head: number) => void): Promise<void> {
    const { context, hub, summaries, connectionsOf } = this.#options
    try {
      const [summary] = await summaries.of(user, conversation)
      for (const member of connectionsOf(user)) {
        if (!member.welcomed || member.lagging) continue
        if (summary) {
          member.push(encoded({ type: 'conversation', conversation: summary }), kind)
          then(member, summary.head)
        }
        // Left again meanwhile; one that lagged had it on its screen before (L3).
        else if (kind === 'answer' && hub.subscription(member, conversation)?.attached === false) member.removed(conversation)
      }
    }
    catch (error) {
      context.log.warn('could not tell a user of a conversation', { user, conversation, error: String(error) })
      if (kind === 'answer') this.#forget(user, conversation)
    }
  }

  /** The audit brings them in again. */
  #forget(user: string, conversation: string): void {
    const { hub, connectionsOf } = this.#options
    for (const member of connectionsOf(user)) {
      const subscription = hub.subscription(member, conversation)
      if (subscription && !subscription.attached && member.welcomed && !member.lagging) subscription.joined = undefined
    }
  }
}
