import type { Content } from '#parley/shared/model.ts'
import type { RejectCode } from '#parley/shared/protocol/index.ts'

/** A message or an edit on its way to the log. */
export interface MessageDraft { kind: 'message' | 'edit', conversation: string, sender: string, content: Content }

/**
 * Looks at a draft before it is stored: refuses it, or has something else kept in its place. Undefined: as it is.
 * Synchronous and quick, since every op of the server waits for it.
 */
export type BeforeMessage = (draft: MessageDraft) => { refuse: { code: RejectCode, message: string } } | { keep: Content } | undefined

/** What the server's admins decide while it runs. A value that is replaced, never changed; read anew for each op. */
export interface Policies {
  /** S8: ms within which authors may delete their messages; absent = always. */
  readonly recallLimit?: number
  /** Ms within which authors may edit them; absent = always. */
  readonly editLimit?: number
  readonly beforeMessage?: BeforeMessage
}
