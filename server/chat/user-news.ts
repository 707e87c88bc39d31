import type { ChatContext } from '#parley/server/chat/context.ts'
import { encoded } from '#parley/server/chat/encoding.ts'
import type { EncodedFrames } from '#parley/server/chat/encoding.ts'
import type { HiddenUsers } from '#parley/server/chat/hidden-users.ts'
import type { BackplaneMessage } from '#parley/server/chat/ports.ts'
import type { Presence } from '#parley/server/chat/presence.ts'
import type { FrameClass } from '#parley/server/chat/send-queue.ts'

/** What has changed of a user; `hides` and `blocked` only where they have, `conversation` of a bot. */
export type UserNews = Omit<Extract<BackplaneMessage, { type: 'user' }>, 'type'>

interface Receiver { push(frame: EncodedFrames, kind: FrameClass): boolean }

interface UserNewsOptions {
  context: ChatContext
  hidden: HiddenUsers
  presence: Presence
  /** Open connections of a user here. */
  connectionsOf: (user: string) => Receiver[]
  /** Connections here of others who share a conversation with a user that is connected here. */
  companions: (user: string) => Iterable<Receiver>
  /** Tells the members of a conversation that are connected here. */
  broadcast: (conversation: string, frame: EncodedFrames) => void
}

/** `user` and `blocked` frames: what people are called and shown as, and whom one has blocked (§8). */
export class UserNewsDesk {
  readonly #options: UserNewsOptions

  constructor(options: UserNewsOptions) {
    this.#options = options
  }

  /** Tells the user's own connections and those of everybody who shares a conversation with them, on every node. */
  tell(news: UserNews): void {
    this.spread(news)
    this.#options.context.backplane.publish({ type: 'user', ...news })
  }

  /** The same for this node. */
  spread({ user, hides, blocked, conversation }: UserNews): void {
    const { hidden, presence, connectionsOf, broadcast } = this.#options
    const own = connectionsOf(user.id)
    if (hides) {
      hidden.set(user.id, hides)
      presence.review(user.id)
    }
    const frame = encoded({ type: 'user', user })
    if (conversation !== undefined) return broadcast(conversation, frame)
    if (blocked) for (const other of hidden.block(user.id, blocked)) presence.part(user.id, other)
    for (const connection of own) {
      connection.push(frame, 'answer')
      if (blocked) connection.push(encoded({ type: 'blocked', users: blocked }), 'answer')
    }
    void this.#tellOthers(user.id, frame, own.length > 0)
  }

  /** Of a user who is not connected here only the store knows the contacts. */
  async #tellOthers(user: string, frame: EncodedFrames, here: boolean): Promise<void> {
    const { context, connectionsOf, companions } = this.#options
    try {
      const others = here ? companions(user) : (await context.store.contactsOf(user)).flatMap(contact => connectionsOf(contact))
      for (const connection of others) connection.push(frame, 'ephemeral')
    }
    catch (error) {
      context.log.warn('could not tell what a user is called now', { user, error: String(error) })
    }
  }
}
