import type { ConversationSummary, Member } from '#parley/shared/model.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import type { HiddenUsers } from '#parley/server/chat/hidden-users.ts'
import type { Presence } from '#parley/server/chat/presence.ts'

/** Conversations and members as the store knows them, with the presence that only the nodes know (§8). */
export class Summaries {
  readonly #context: ChatContext
  readonly #presence: Presence

  readonly #hidden: Pick<HiddenUsers, 'apart'>

  constructor(context: ChatContext, presence: Presence, hidden: Pick<HiddenUsers, 'apart'>) {
    this.#context = context
    this.#presence = presence
    this.#hidden = hidden
  }

  /** All conversations of a user, or one; empty when the user is no member. */
  async of(user: string, only?: string): Promise<ConversationSummary[]> {
    const summaries = await this.#context.store.summaries(user, only)
    await this.complete(user, summaries.flatMap(summary => summary.members))
    return summaries
  }

  /** Fills `state`, and `lastSeen` of those who are offline, in place; nothing of those who are apart from the viewer by a block (X34). */
  async complete(viewer: string, members: readonly Member[]): Promise<void> {
    const away = new Set<string>()
    for (const member of members) {
      const isApart = this.#hidden.apart(viewer, member.user.id)
      member.state = isApart ? 'offline' : this.#presence.stateOf(member.user.id)
      if (isApart) delete member.lastSeen
      else if (member.state === 'offline') away.add(member.user.id)
      else delete member.lastSeen
    }
    if (away.size === 0) return
    const { store } = this.#context
    // Blocks of who is not connected are known to the store alone.
    for (const user of await store.blockersOf(viewer, [...away])) away.delete(user)
    if (this.#presence.stateOf(viewer) === 'offline') for (const { id } of await store.blockedBy(viewer)) away.delete(id)
    const lastSeen = await store.lastSeenOf([...away])
    for (const member of members) {
      const at = lastSeen.get(member.user.id)
      if (member.state !== 'offline') continue
      if (at === undefined) delete member.lastSeen
      else member.lastSeen = at
    }
  }
}
