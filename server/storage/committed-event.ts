import type { LogEvent } from '#parley/shared/model.ts'
import type { AppendRequest } from '#parley/server/chat/ports.ts'

/** What a store adds to a request when it commits it. */
export interface Committed {
  seq: number
  /** User ids; absent = nobody (S9). */
  mentions?: string[]
}

/**
 * The event that a committed request became. A function of the request and of what the store added, so that only the latter need come
 * back from another thread.
 */
export function committedEvent({ cid, actor, at, change }: AppendRequest, { seq, mentions }: Committed): LogEvent {
  return { seq, cid, sender: actor, at, ...change, ...(mentions ? { mentions } : {}) }
}
