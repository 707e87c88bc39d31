import type { ReceiptFrame } from '#parley/shared/protocol/index.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import type { HiddenUsers } from '#parley/server/chat/hidden-users.ts'
import type { Hub, HubMember } from '#parley/server/chat/hub.ts'
import type { MemberState } from '#parley/server/chat/ports.ts'
import { encoded } from '#parley/server/chat/encoding.ts'

/**
 * Connections up to which everyone here is told of everyone's receipts. A message in a room of n makes n receipts for n receivers;
 * beyond this the reader's own connections are told (their unread count needs it), others see positions by HTTP.
 */
const receiptAudience = 256

/** `own`: for the connections of its user only. */
type Receipt = ReceiptFrame & { own?: true }

/** What becomes of the receipt of one who does not show how far they have read: the own devices learn it, others what has arrived. */
function withheld({ read, ...frame }: ReceiptFrame): Receipt[] {
  return [{ ...frame, ...(read === undefined ? {} : { read }), own: true }, ...(frame.delivered === undefined ? [] : [frame])]
}

/** Read and delivered positions (§8): `max()`, clamped to head, told to the members only when they moved (R18). */
export class Receipts<S extends HubMember> {
  readonly #context: ChatContext
  readonly #hub: Hub<S>
  readonly #hidden: HiddenUsers

  constructor(context: ChatContext, hub: Hub<S>, hidden: HiddenUsers) {
    this.#context = context
    this.#hub = hub
    this.#hidden = hidden
  }

  /**
   * @param origin the connection that said so; it is not told
   * @throws what the store throws
   */
  async raise(user: string, conversation: string, state: MemberState, origin: S): Promise<void> {
    const at = this.#context.clock.now()
    const positions = await this.#context.store.raisePositions(conversation, user, { ...state, at })
    if (!positions?.changed) return
    const frame: ReceiptFrame = {
      type: 'receipt',
      conversation,
      user,
      ...(state.readSeq === undefined ? {} : { read: positions.readSeq }),
      ...(state.deliveredSeq === undefined ? {} : { delivered: positions.deliveredSeq }),
      at,
    }
    for (const part of this.#hidden.reads(user) ? withheld(frame) : [frame]) {
      this.spread(part, origin)
      this.#context.backplane.publish(part)
    }
  }

  /** Tells the members here. */
  spread({ own, ...frame }: Receipt, origin?: S): void {
    const watchers = this.#hub.watchers(frame.conversation)
    const everyone = watchers.length <= receiptAudience
    const text = encoded(frame)
    for (const member of watchers) {
      if (member === origin || !this.#hub.isMember(member, frame.conversation)) continue
      // The reader's other connections count unread by it, and nothing else tells them while they stay: it is never dropped there.
      if (member.user === frame.user) member.push(text, 'answer')
      else if (everyone && !own && !this.#hidden.apart(member.user, frame.user)) member.push(text, 'ephemeral')
    }
  }
}
