/** The nouns of Parley (docs/PROTOCOL.md 1), shared by the wire, the server, the client and the interface. Pure types. */

export type ConversationKind = 'direct' | 'group' | 'channel'
export type MemberRole = 'owner' | 'admin' | 'member'
export type UserRole = 'admin' | 'member'
export type PresenceState = 'online' | 'idle' | 'offline'
export type NotifyLevel = 'all' | 'mentions' | 'none'

/** What somebody says of themselves; not shown any more from `until` on (ms since 1970). */
export interface UserStatus { emoji?: string, text?: string, until?: number }

/** What anyone may see of a user. `deleted` users keep their id so that old messages still have a sender. */
export interface UserSummary {
  id: string
  username: string
  displayName: string
  /** Of a picture: `GET /api/avatars/:id`. */
  avatar?: string
  status?: UserStatus
  deleted?: boolean
  /** Came by a name alone, and is forgotten after a while of absence. */
  guest?: true
  /** Posts by webhooks; nobody logs in to it. */
  bot?: true
}

/** The user that a browser or bot is logged in as. */
export interface Account extends UserSummary {
  role: UserRole
}

export interface Attachment {
  id: string
  name: string
  mime: string
  /** Bytes. */
  size: number
  /** Pixels. */
  width?: number
  height?: number
  /** Seconds. */
  duration?: number
}

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

/** The typed body of a message (PROTOCOL 5). `custom.text` is the fallback that any client can show. */
export type Content
  /** `as`: how a webhook wants this message of its bot to be shown; set by the server alone, and left out by what clients send. */
  = | { type: 'text', text: string, as?: { name?: string, emoji?: string } }
    /** `alt`: what the file shows, in words, for those who do not see it. */
    | { type: 'image' | 'file' | 'audio' | 'video', attachment: Attachment, text?: string, alt?: string }
    | { type: 'custom', name: string, data: JsonValue, text: string }

/** What every event in a conversation's log has (PROTOCOL 6). `at` is server time, ms since 1970. */
interface EventBase {
  /** Position in the log: contiguous integers from 1. */
  seq: number
  cid: string
  /** User id. */
  sender: string
  at: number
}

export interface MessageLogEvent extends EventBase {
  kind: 'message'
  /** Absent when `deleted` (O5). */
  content?: Content
  replyTo?: number
  /** User ids that the text mentions, resolved by the server (S9). */
  mentions?: string[]
  deleted?: true
}
export interface EditEvent extends EventBase {
  kind: 'edit'
  target: number
  /** Absent when the message was deleted since (O5). */
  content?: Content
  mentions?: string[]
}
/** `expired`: by the server's retention, not by its sender. */
export interface DeleteEvent extends EventBase { kind: 'delete', target: number, reason?: 'expired' }
export interface ReactionEvent extends EventBase { kind: 'reaction', target: number, emoji: string, on: boolean }
export interface MemberEvent extends EventBase { kind: 'member', user: string, change: 'join' | 'leave' | 'role', role?: MemberRole }
export interface MetaEvent extends EventBase { kind: 'meta', title?: string, topic?: string, avatar?: string, closed?: boolean, public?: boolean, pin?: PinChange }

/** A message was pinned to its conversation, or is no longer (O7). */
export interface PinChange { seq: number, on: boolean }

/** A committed entry of a conversation's log. */
export type LogEvent = MessageLogEvent | EditEvent | DeleteEvent | ReactionEvent | MemberEvent | MetaEvent

export interface Reaction {
  emoji: string
  /** User ids, in the order in which they reacted. */
  users: string[]
}

/** A message as it stands now: edits, reactions and deletion applied (Y3). */
export interface Message {
  seq: number
  cid: string
  sender: string
  at: number
  /** Absent when deleted. */
  content?: Content
  replyTo?: number
  mentions?: string[]
  editedAt?: number
  deletedAt?: number
  /** Who deleted it: the author's recall and an admin's removal read differently. Absent: the server's retention did. */
  deletedBy?: string
  reactions: Reaction[]
}

export interface Member {
  user: UserSummary
  role: MemberRole
  readSeq: number
  deliveredSeq: number
  /** Seq of the event by which they joined; absent = there from the beginning. */
  joinedSeq?: number
  /** May not write before then, ms since 1970; times that are over may be left standing. */
  mutedUntil?: number
  state: PresenceState
  /** Ms since 1970; absent while online. */
  lastSeen?: number
}

/** A pinned message (O7). */
export interface Pin {
  seq: number
  /** User id of who pinned it. */
  by: string
  at: number
  /** When the message was edited last; tells that what was read of it before is old. */
  editedAt?: number
}

/** A conversation as one of its members sees it (PROTOCOL 11, `GET /api/conversations`). */
export interface ConversationSummary {
  id: string
  kind: ConversationKind
  /** Empty for a direct conversation: there the other member's name is the title. */
  title: string
  topic?: string
  avatar?: string
  closed?: boolean
  /** Anyone with an account may find and join it. */
  public?: boolean
  /** At most 50; the rest by `GET /api/conversations/:id/members`. */
  members: Member[]
  memberCount: number
  head: number
  /** Own read position. */
  readSeq: number
  unread: number
  unreadFrom?: number
  mentions: number
  /** The one pinned last comes last; absent = none. */
  pins?: Pin[]
  lastMessage?: Message
  /** Own role. */
  role: MemberRole
  /** One may not write here before then, ms since 1970; times that are over may be left standing. */
  mutedUntil?: number
  muteReason?: string
  notify: NotifyLevel
  pinned: boolean
  hidden: boolean
  createdAt: number
}

/** One entry of the caller's list of log-ins (`GET /api/me/connections`). */
export interface LoginSummary {
  id: string
  current: boolean
  userAgent: string
  address: string
  createdAt: number
  lastSeenAt: number
  /** Labels (`appname`) of the sockets open on this log-in now. */
  connections: { id: string, appname: string, openedAt: number }[]
}
