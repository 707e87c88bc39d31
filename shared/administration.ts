import type { Account, Content, ConversationKind, JsonValue, UserSummary } from '#parley/shared/model.ts'

/** What the administration of a server is about (PROTOCOL 11): bodies of its calls, and the policies that admins set while it runs. */

export type RegistrationMode = 'open' | 'invite' | 'closed'

/** Who may make an account. `chosen` absent: nobody has chosen yet, and the setting of the server's start counts. */
export interface RegistrationState { mode: RegistrationMode, atStart: RegistrationMode, chosen?: RegistrationMode }

/** Words that no message may hold. */
export interface WordFilter {
  /** Compared NFKC case-folded. A `*` at either end lets the word go on there; between words of spaced scripts it must stand alone. */
  words: string[]
  /** `refuse`: the message is not taken (`filtered`); `mask`: the words are starred out before it is stored. */
  action: 'refuse' | 'mask'
}

/** Days after which messages are deleted, by kind of conversation, and those with files earlier; null = never. */
export interface Retention { direct: number | null, group: number | null, channel: number | null, files: number | null }

export interface ServerPolicies {
  /** Minutes within which authors may take their messages back (S8); null = always. */
  recallMinutes: number | null
  /** Minutes within which authors may edit; null = always. */
  editMinutes: number | null
  filter: WordFilter
  retention: Retention
  /** Hours after which an uploaded file that no message holds is collected. */
  orphanHours: number
}

export const defaultPolicies: ServerPolicies = {
  recallMinutes: null,
  editMinutes: null,
  filter: { words: [], action: 'refuse' },
  retention: { direct: null, group: null, channel: null, files: null },
  orphanHours: 24,
}

/** Bounds of policies, with the reason where it is not plain. */
export const policyLimits = {
  /** Each message is compared with all of them. */
  words: 500,
  wordCodePoints: 64,
  /** Ten years. */
  minutes: 10 * 366 * 24 * 60,
  days: 3_660,
  orphanHours: 24 * 30,
} as const

/** A user as admins see them. */
export interface AdminUser extends Account {
  disabled: boolean
  createdAt: number
  lastSeen?: number
  /** Log-in sessions in force. */
  sessions: number
  /** Has a second factor by codes (A11). */
  codes?: true
  /** How many passkeys they have (A12); absent: none. */
  passkeys?: number
}
export interface AdminUsersResponse { users: AdminUser[], next?: string }
export interface AdminUserResponse { user: AdminUser }

/** A link to `/reset/<token>`; only this answer holds the token. */
export interface PasswordReset { token: string, expiresAt: number }
export interface NewUserResponse { user: AdminUser, reset: PasswordReset }
export interface ResetPreviewResponse { username: string, displayName: string, expiresAt: number }

/** A conversation as admins see it: never its content; a direct one has no title and names nobody. */
export interface AdminConversation {
  id: string
  kind: ConversationKind
  title: string
  members: number
  /** Events of its log: what it takes up. */
  entries: number
  /** Messages, counted up to `messageCountLimit`. */
  messages: number
  /** Bytes of the files that its messages hold. */
  fileBytes: number
  createdAt: number
  /** Time of the last event; absent for an empty one. */
  activeAt?: number
  closed?: boolean
  public?: boolean
  /** A group or channel in which no owner can log in any more. */
  orphan?: boolean
}
export interface AdminConversationsResponse { conversations: AdminConversation[], next?: string }

/** Beyond it, only "more than" is said: counting on would read the whole conversation. */
export const messageCountLimit = 10_000

export const reportReasons = ['spam', 'abuse', 'illegal', 'other'] as const
export type ReportReason = (typeof reportReasons)[number]
export type ReportState = 'open' | 'resolved' | 'dismissed'

/** A report as admins see it, with the message as it was when it was reported. */
export interface Report {
  id: string
  conversation: string
  kind: ConversationKind
  /** Empty for a direct conversation. */
  title: string
  seq: number
  reporter: UserSummary
  author: UserSummary
  reason: ReportReason
  note?: string
  at: number
  messageAt: number
  /** Absent when it had been deleted, or was erased after the report was closed. */
  copy?: Content
  /** The message stands no longer. */
  deleted: boolean
  state: ReportState
  closedAt?: number
  closedBy?: UserSummary
}
export interface ReportsResponse { reports: Report[], next?: string, open: number }
/** What a reporter may know of their report. */
export interface OwnReport { seq: number, at: number, reviewed: boolean }
export interface OwnReportResponse { report?: OwnReport }

export const reportActs = ['delete', 'ban', 'disable'] as const
/** What is done beside closing a report. */
export type ReportAct = (typeof reportActs)[number]

/** Someone who may not come back into a conversation. */
export interface Ban { user: UserSummary, by: UserSummary, at: number, reason?: string }
export interface BansResponse { bans: Ban[] }

/** Everything that the audit log records. */
export const auditActs = [
  'user.create', 'user.disable', 'user.enable', 'user.role', 'user.reset', 'user.password', 'user.second-factor', 'registration.mode', 'invite.create', 'invite.revoke',
  'conversation.close', 'conversation.owner', 'conversation.delete', 'message.delete', 'report.resolve', 'report.dismiss',
  'ban.add', 'ban.lift', 'mute.add', 'mute.lift', 'policy.change', 'storage.free', 'audit.export', 'hook.create', 'hook.change', 'hook.remove',
] as const
export type AuditAct = (typeof auditActs)[number]

/** One line of the audit log. Never a text of a message. */
export interface AuditLine {
  /** Place in the log, ascending. */
  num: number
  at: number
  /** Absent: the server itself. */
  actor?: UserSummary
  act: AuditAct
  /** Id of the user, conversation, report or invite that it was done to. */
  target?: string
  /** What it was called then, so that a line still tells something when its target is gone. */
  name?: string
  detail?: JsonValue
  /** Client address of who did it; empty when unknown. */
  address: string
}
export interface AuditResponse { lines: AuditLine[], next?: number }

export interface StorageUse {
  /** Bytes of the database file, of it free, and of its write-ahead log. */
  database: { bytes: number, free: number, log: number }
  files: {
    count: number
    bytes: number
    /** Uploaded files that no message holds yet, or never will. */
    unheld: { count: number, bytes: number }
    /** Files of deleted messages whose bytes are still to be erased. */
    erasing: number
    /** Bytes that one user's files may take; absent = no limit. */
    quota?: number
    maxBytes: number
  }
  conversations: AdminConversation[]
  uploaders: { user: UserSummary, count: number, bytes: number }[]
}
/** What a collection of files has freed. */
export interface FreedSpace { files: number }
