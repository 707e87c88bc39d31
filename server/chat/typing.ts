import type { TypingNotice } from '#parley/shared/protocol/index.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import type { Hub, HubMember } from '#parley/server/chat/hub.ts'
import { encoded } from '#parley/server/chat/encoding.ts'
import type { HiddenUsers } from '#parley/server/chat/hidden-users.ts'

/** Who is typing (§8): passed on, never stored; the receiver lets it expire. */
export class TypingNotices<S extends HubMember> {
  readonly #context: ChatContext
  readonly #hub: Hub<S>
  readonly #hidden: Pick<HiddenUsers, 'apart'>

  constructor(context: ChatContext, hub: Hub<S>, hidden: Pick<HiddenUsers, 'apart'>) {
    this.#context = context
    this.#hub = hub
    this.#hidden = hidden
  }

  /** @param origin the connection that types; it is not told */
  say(origin: S, conversation: string, on: boolean): void {
    const notice: TypingNotice = { type: 'typing', conversation, user: origin.user, on }
    this.spread(notice, origin)
    this.#context.backplane.publish(notice)
  }

  /** Tells the members here. */
  spread(notice: TypingNotice, origin?: S): void {
    this.#hub.broadcast(notice.conversation, encoded(notice), origin, user => !this.#hidden.apart(user, notice.user))
  }
}
