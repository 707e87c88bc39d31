import type { AdminConversation, AuditAct, AuditLine } from '#parley/shared/administration.ts'
import type { ConversationKind, JsonValue, UserSummary } from '#parley/shared/model.ts'
import type { AuditEntry } from '#parley/server/chat/moderation-port.ts'

/** Which lines of the audit log; all that are given must fit. */
export interface AuditQuery {
  act?: AuditAct
  /** User id. */
  actor?: string
  target?: string
  since?: number
  until?: number
  /** Lines with a smaller number; newest first. */
  before?: number
  limit: number
}

/** Which messages have had their time. */
export interface ExpiryQuery {
  /** Absent = of any kind. */
  kind?: ConversationKind
  /** Only messages that hold a file. */
  files: boolean
  /** Sent before, ms since 1970. */
  before: number
  /** Place in the order of arrival of all messages; what is not after it was looked at. */
  after: number
  /** Messages looked at in one go. */
  limit: number
}

/** `done`: there is nothing further that is old enough. */
export interface Expired { messages: { conversation: string, seq: number, sender: string }[], after: number, done: boolean }

export interface StoredSizes {
  database: { bytes: number, free: number, log: number }
  files: { count: number, bytes: number, unheld: { count: number, bytes: number }, erasing: number }
  uploaders: { user: UserSummary, count: number, bytes: number }[]
}

/** What admins see and do beside the log. */
export interface AdministrationStore {
  settings(): Promise<Record<string, JsonValue>>
  /** @param value undefined = forgets it */
  saveSetting(name: string, value: JsonValue | undefined, audit: AuditEntry): Promise<void>
  recordAudit(entry: AuditEntry): Promise<void>
  auditLines(query: AuditQuery): Promise<AuditLine[]>
  /** By title, for admins; `after` is the id of the last one of the page before, and the newest conversation comes first. */
  conversationsForAdmin(query: { text?: string, kind?: ConversationKind, after?: string, limit: number }): Promise<AdminConversation[]>
  conversationForAdmin(id: string): Promise<AdminConversation | undefined>
  /** Those whose logs are the longest. */
  largestConversations(limit: number): Promise<AdminConversation[]>
  /**
   * Takes a conversation away from everybody at once: no member, no title, no invite; nobody gets in again. Its log goes by
   * {@link purgeDeleted}, and its number is never used again.
   * @returns whether there was such a conversation
   */
  deleteConversation(id: string, at: number, audit: AuditEntry): Promise<boolean>
  /** Erases up to `limit` events of deleted conversations with all that hangs on them (O5). @returns whether there are more */
  purgeDeleted(limit: number): Promise<boolean>
  expiredMessages(query: ExpiryQuery): Promise<Expired>
  storedSizes(): Promise<StoredSizes>
  /** Of these ids of files, those that the store knows nothing of: not recorded, and not waiting to be erased. */
  unknownFiles(ids: readonly string[]): Promise<string[]>
}
