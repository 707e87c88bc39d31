import type { Invite, OpenConversation } from '#parley/shared/http.ts'
import type { AuditEntry } from '#parley/server/chat/moderation-port.ts'

/** An invite to store; of its token only a hash is. */
export interface NewInvite extends Omit<Invite, 'uses'> {
  hash: string
}

/**
 * Invites, and conversations that anyone may join. An invite counts while it has not expired and has uses left, and only as long as who
 * made it could make it now: what an admin gave out ends with their being admin. Joining by one is `append` with the invite's hash, so
 * that of two people who take the last use at once one gets it.
 */
export interface InviteStore {
  createInvite(invite: NewInvite, audit?: AuditEntry): Promise<void>
  /**
   * The invite with this hash. Undefined: there is none that counts at `now`.
   * @param user who asks; one who registered with it may still join by it when no further use is left
   */
  inviteByHash(hash: string, now: number, user?: string): Promise<{ invite: Invite, conversation?: OpenConversation } | undefined>
  /** Those of a conversation, or those that only register, that have not expired; newest first. */
  invitesOf(conversation: string | undefined, now: number): Promise<Invite[]>
  /** @returns whether there was such an invite of that conversation, or among those that only register */
  revokeInvite(conversation: string | undefined, id: string, audit?: AuditEntry): Promise<boolean>
  /** Public, open conversations whose title or topic holds the query, the largest first. */
  publicConversations(user: string, query: string, limit: number): Promise<OpenConversation[]>
}
