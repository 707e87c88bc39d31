import type { PinnedMessage, ReceiptsResponse } from '#parley/shared/http.ts'
import type { ConversationSummary } from '#parley/shared/model.ts'
import type { ChatService, Outcome } from '#parley/server/chat/chat-service.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import type { Ops } from '#parley/server/chat/ops.ts'
import { done, notFound, refuse } from '#parley/server/chat/outcomes.ts'

/** People in one answer about a message. */
const receiptsPage = 100

/** What readers ask of a conversation beside its pages (§11). Members only; everybody else is told that there is nothing (S8). */
export interface ReadingCalls {
  /** Pins a message or takes the pin away (O7). */
  pin(user: string, conversation: string, seq: number, on: boolean): Promise<Outcome<ConversationSummary>>
  pins(user: string, conversation: string): Promise<Outcome<PinnedMessage[]>>
  /** Whom a message has reached, and when (U-R4). */
  receipts(user: string, conversation: string, seq: number, after?: string): Promise<Outcome<ReceiptsResponse>>
  /** Seq of the first message at or after a time, ms since 1970, else of the last one; 0 when there is none. */
  messageAt(user: string, conversation: string, at: number): Promise<Outcome<number>>
}

interface ReadingOptions {
  context: ChatContext
  ops: Ops
  conversations: Pick<ChatService, 'conversation'>
}

const found = <T>(value: T | undefined): Outcome<T> => value === undefined ? notFound() : done(value)

export function createReading({ context: { store }, ops, conversations }: ReadingOptions): ReadingCalls {
  return {
    async pin(user, conversation, seq, on) {
      const before = await conversations.conversation(user, conversation)
      // Nothing to take away: no event would tell anyone anything.
      if (!on && before && !before.pins?.some(pin => pin.seq === seq)) return done(before)
      const result = await ops.change(conversation, user, { kind: 'meta', pin: { seq, on } })
      return result.ok ? found(await conversations.conversation(user, conversation)) : refuse(result.code, result.message)
    },
    pins: async (user, conversation) => found(await store.pinnedMessages(conversation, user)),
    receipts: async (user, conversation, seq, after) =>
      found(await store.receiptsOf({ conversation, reader: user, seq, limit: receiptsPage, ...(after === undefined ? {} : { after }) })),
    messageAt: async (user, conversation, at) => found(await store.messageAt(conversation, user, at)),
  }
}
