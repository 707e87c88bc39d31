import type { PinnedMessage, ReceiptsResponse } from '#parley/shared/http.ts'

export interface ReceiptsRequest {
  conversation: string
  /** User id of who asks. */
  reader: string
  seq: number
  /** `next` of the page before. */
  after?: string
  /** People on a page. */
  limit: number
}

/** What readers ask of a conversation beside its pages. Undefined everywhere: no such conversation or message, or not a member (S8). */
export interface ReadingStore {
  /** Pinned messages as they stand now; the one pinned last comes last. */
  pinnedMessages(conversation: string, reader: string): Promise<PinnedMessage[] | undefined>
  /**
   * Whom a message has reached. Times are known for the newest {@link timedEvents} events of a log, and for as many members as
   * `limits.receiptMembers`; of larger conversations only counts are told.
   */
  receiptsOf(request: ReceiptsRequest): Promise<ReceiptsResponse | undefined>
  /**
   * Seq of the first message at or after a time, else of the last one; 0 when there is none. Where clocks went back, one of the places
   * where the log passes that time.
   */
  messageAt(conversation: string, reader: string, at: number): Promise<number | undefined>
}

/**
 * Events from the head down for which it is kept when each member reached them: enough for what people still ask about, and a bound on
 * what a busy room can pile up.
 */
export const timedEvents = 1_000
