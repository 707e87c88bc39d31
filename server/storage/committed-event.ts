import type { Content, LogEvent } from '#parley/shared/model.ts'
import type { AppendRequest, LogChange } from '#parley/server/chat/ports.ts'

/** What a store adds to a request when it commits it. */
export interface Committed {
  seq: number
  /** User ids; absent = nobody (S9). */
  mentions?: string[]
}

/** The change as the log keeps it: with the content that a check of the server has put in place of what was sent. */
export const keptChange = (change: LogChange, masked: Content | undefined): LogChange =>
  masked !== undefined && 'content' in change ? { ...change, content: masked } : change

/**
 * The event that a committed request became. A function of the request and of what the store added, so that only the latter need come
 * back from another thread.
 */
export function committedEvent({ cid, actor, at, change, masked }: AppendRequest, { seq, mentions }: Committed): LogEvent {
  return { seq, cid, sender: actor, at, ...keptChange(change, masked), ...(mentions ? { mentions } : {}) }
}
