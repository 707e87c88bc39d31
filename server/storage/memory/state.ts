import type { Attachment, Content, ConversationKind, JsonValue, LogEvent, MemberRole, Message, NotifyLevel } from '#parley/shared/model.ts'
import type { ReportReason, ReportState } from '#parley/shared/administration.ts'
import type { Invite } from '#parley/shared/http.ts'
import type { NotificationSettings } from '#parley/shared/notifications.ts'
import type { HookFailure, HookRecord } from '#parley/server/chat/hook-port.ts'
import type { PushSubscription } from '#parley/server/chat/push-port.ts'
import type { StoredAvatar } from '#parley/server/chat/people-port.ts'
import type { AuditEntry, Mute } from '#parley/server/chat/moderation-port.ts'
import type { ApiTokenRecord, ExternalIdentity, LoginRecord, UserRecord } from '#parley/server/auth/ports.ts'
import type { PasskeyRecord } from '#parley/server/auth/second-factor-port.ts'

/** What the memory store holds: the plainest form of each thing, since it is the model that other adapters are compared with. */

export interface MemoryUser extends UserRecord {
  usernameKey: string
  lastSeen?: number
  /** Ended, with something still to do. */
  closing?: 'keep' | 'erase'
}

export interface MemoryMember {
  role: MemberRole
  readSeq: number
  deliveredSeq: number
  /** 0 = there from the beginning. */
  joinedSeq: number
  notify: NotifyLevel
  pinned: boolean
  /** One above the head at which this member hid it; 0 = shown. */
  hidden: number
  unreadFrom?: number
}

export interface MemoryConversation {
  id: string
  kind: ConversationKind
  title: string
  topic?: string
  avatar?: string
  closed: boolean
  public: boolean
  createdAt: number
  /** The log; the event of seq n is at n − 1. */
  events: LogEvent[]
  /** Current messages by seq, ascending. */
  messages: Map<number, Message>
  /** By user id, in the order in which they joined. */
  members: Map<string, MemoryMember>
  /** By the seq of the message, in the order in which they were pinned. */
  pins: Map<number, { by: string, at: number }>
  /** When members reached positions, in the order of the seqs. */
  receiptTimes: { kind: 'delivered' | 'read', seq: number, user: string, at: number }[]
  /** By user id. */
  bans: Map<string, { by: string, at: number, reason?: string }>
  mutes: Map<string, Mute>
  /** Deleted for good; its log may not be gone yet. */
  deletedAt?: number
}

export interface MemoryReport {
  id: string
  conversation: string
  seq: number
  reporter: string
  author: string
  reason: ReportReason
  note?: string
  at: number
  messageAt: number
  copy?: Content
  state: ReportState
  closedAt?: number
  closedBy?: string
}

export interface MemoryOp {
  conversation: string
  seq: number
  /** Absent once the message was deleted (O5). */
  digest?: string
}

export interface MemoryAttachment {
  attachment: Attachment
  uploader: string
  at: number
  key?: string
  /** While no message holds it. */
  expiresAt?: number
  /** Messages that hold it: seqs by conversation. */
  uses: Map<string, Set<number>>
}

export interface MemoryInvite extends Invite {
  hash: string
  /** Who used it; false: registered by it and has not joined yet. */
  users: Map<string, boolean>
}

/** Its name and picture are those of its bot; see {@link MemoryUser}. */
export interface MemoryHook extends Omit<HookRecord, 'bot' | 'failures'> {
  bot: string
  hash?: string
  failures: Map<number, HookFailure>
}

export interface MemoryState {
  /** Made by the first store that holds this state (W4). */
  epoch?: string
  users: Map<string, MemoryUser>
  logins: Map<string, LoginRecord>
  apiTokens: Map<string, ApiTokenRecord & { hash: string }>
  /** Who is who elsewhere: user ids by {@link identityKey}. */
  identities: Map<string, string>
  conversations: Map<string, MemoryConversation>
  /** By sender and cid (S3). */
  ops: Map<string, MemoryOp>
  /** Who blocked whom. */
  blocks: Map<string, Set<string>>
  /** Messages in the order in which they were committed, over all conversations: the order of search. */
  arrivals: { conversation: string, seq: number }[]
  attachments: Map<string, MemoryAttachment>
  invites: Map<string, MemoryInvite>
  /** By endpoint, oldest first. */
  pushSubscriptions: Map<string, PushSubscription>
  notificationSettings: Map<string, NotificationSettings>
  avatars: Map<string, StoredAvatar & { at: number }>
  settings: Map<string, JsonValue>
  /** The line of number n is at n − 1. */
  audit: AuditEntry[]
  reports: MemoryReport[]
  /** Links for a new password, by user. */
  resets: Map<string, { hash: string, createdAt: number, expiresAt: number }>
  hooks: Map<string, MemoryHook>
  passkeys: Map<string, PasskeyRecord>
  /** By user. */
  totp: Map<string, { sealedSecret: string, lastStep: number, createdAt: number, codes: Set<string> }>
  /** Files whose bytes are to be erased. */
  erasable: Set<string>
}

export function createState(): MemoryState {
  return {
    users: new Map(), logins: new Map(), apiTokens: new Map(), identities: new Map(), conversations: new Map(), ops: new Map(), blocks: new Map(), arrivals: [],
    attachments: new Map(), avatars: new Map(), invites: new Map(), pushSubscriptions: new Map(), notificationSettings: new Map(), erasable: new Set(),
    settings: new Map(), audit: [], reports: [], resets: new Map(), hooks: new Map(), passkeys: new Map(), totp: new Map(),
  }
}

export const identityKey = ({ issuer, subject }: ExternalIdentity): string => JSON.stringify([issuer, subject])

export const opKey = (sender: string, cid: string): string => `${cid} ${sender}`

export const newMember = (role: MemberRole, seq: number): MemoryMember =>
  ({ role, readSeq: seq, deliveredSeq: seq, joinedSeq: seq, notify: 'all', pinned: false, hidden: 0 })

/** Events and messages leave the store as copies: what a caller holds never changes under it. */
export const copy = <T>(value: T): T => structuredClone(value)
