import type { ContentMark } from '#parley/shared/http.ts'

/** A search in the messages that a user may read. */
export interface SearchRequest {
  /** Only conversations of which this user is a member now. */
  user: string
  query: string
  conversation?: string
  /** Username of the sender, of any case. */
  from?: string
  /** Only messages that hold all of these; then the query may be empty. */
  has?: readonly ContentMark[]
  /** Ms since 1970: sent at or after `since`, and before `until`. */
  since?: number
  until?: number
  limit: number
  /** `next` of the page before. */
  cursor?: string
}
