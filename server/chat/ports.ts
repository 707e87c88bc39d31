import type { ConversationKind, ConversationSummary, LogEvent, Member, MemberRole, MetaEvent, MemberEvent, Message, NotifyLevel, PinChange, UserSummary, Content } from '#parley/shared/model.ts'
import type { Heads, RejectCode, StoreStatus } from '#parley/shared/protocol/index.ts'
import type { SearchHit } from '#parley/shared/http.ts'
import type { AttachmentStore } from '#parley/server/chat/attachment-port.ts'
import type { FirstPaintRequest } from '#parley/server/chat/first-paint-port.ts'
import type { PushStore } from '#parley/server/chat/push-port.ts'
import type { HookStore } from '#parley/server/chat/hook-port.ts'
import type { AdministrationStore } from '#parley/server/chat/administration-port.ts'
import type { InviteStore } from '#parley/server/chat/invite-port.ts'
import type { Hidden, PeopleStore } from '#parley/server/chat/people-port.ts'
import type { ReadingStore } from '#parley/server/chat/reading-port.ts'
import type { SearchRequest } from '#parley/server/chat/search-request.ts'
import type { AuditEntry, ModerationStore } from '#parley/server/chat/moderation-port.ts'

/**
 * What the core needs of the world. Adapters implement these; only the composition root chooses them. All store methods take and
 * return plain data (they will run in a worker thread and on Postgres), never a callback.
 */

/** A message on its way to one or many sockets. */
export interface WireMessage {
  readonly text: string
  /** UTF-8 bytes of `text`. */
  readonly bytes: number
  /** Place for what sockets make of it, so that it is made once for all that get this message. */
  frame?: Uint8Array
}

/** The framework's socket as the core sees it. None of these throws, also not on a socket that is closed already. */
export interface ServerSocket {
  send(message: WireMessage): void
  /** `reason` is a short ASCII token (C1). */
  close(code: number, reason: string): void
  /** Destroys the connection without a close handshake, for peers that no longer answer. */
  terminate(): void
  /** Bytes handed over but not yet taken by the network (L3). */
  readonly bufferedAmount: number
  /** Stops and resumes reading from the network (S4, L4). */
  pause(): void
  resume(): void
}

/** Who is behind a socket: the answer of the ticket (A1). */
export interface Identity {
  user: UserSummary & { role: 'admin' | 'member' }
  /** The login session or API token the ticket was minted with; its end closes the socket (A5). */
  login: string
  /** Label of the device (T1). */
  appname: string
  /** Client address for the per-IP cap; empty when unknown. */
  address: string
  /** What the user does not show to others; absent: nothing. */
  hides?: Hidden
  /** Whether there is anybody whom the user has blocked. */
  blocks?: true
  /** Only listens (A7): no op of this connection is carried out. */
  readOnly?: true
}

export interface Clock {
  /** Ms since 1970. */
  now(): number
  /** Milliseconds that never go back; for durations. */
  monotonic(): number
  /** Runs `task` once after `ms`; returns what cancels it. A pending timer does not keep the process alive. */
  timer(task: () => void, ms: number): () => void
}

/** Source of ids and jitter, injected so that a simulation can be replayed. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** Opaque, unguessable, at most 64 characters. */
  id(): string
  /** A server-made cid for events that no op made (W2). */
  cid(): string
}

/** Structured log in English; never a token, a cookie or a message text (A6). */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

// ---- Store --------------------------------------------------------------------------------------------------------------

/** What a change asks of the log: the committed event without what the store adds (seq, at, sender, cid). */
export type LogChange
  = | { kind: 'message', content: Content, replyTo?: number }
    | { kind: 'edit', target: number, content: Content }
    /** `expired`: the server's retention, not its sender, deletes it. */
    | { kind: 'delete', target: number, reason?: 'expired' }
    | { kind: 'reaction', target: number, emoji: string, on: boolean }
    | { kind: 'member', user: string, change: 'join' | 'leave' | 'role', role?: MemberRole }
    | { kind: 'meta', title?: string, topic?: string, avatar?: string, closed?: boolean, public?: boolean, pin?: PinChange }

export interface AppendRequest {
  conversation: string
  /** User id of the one who acts; becomes `sender`. */
  actor: string
  cid: string
  change: LogChange
  /** Server time of the event, ms. The store keeps `at` from going back within a conversation by nothing: order is by seq alone. */
  at: number
  /** S8: the author's recall limit in ms; absent = no limit. */
  recallLimit?: number
  /** The same for edits. */
  editLimit?: number
  /** Found by {@link BeforeMessage}: refuse it, unless it is committed already (S3). */
  refusal?: { code: RejectCode, message: string }
  /** Found there too: what is kept instead of the content of `change`; the op's identity (S3) is still that of what was sent. */
  masked?: Content
  /**
   * `server`: an act of the server's admins, or of its own policies: whoever calls has decided that it may be done. `bot`: a webhook of this
   * conversation posts. The actor need not be a member.
   */
  authority?: 'server' | 'bot'
  /** With a `leave` of somebody else: they may not come back. */
  ban?: { reason?: string }
  /** Written in the same transaction, unless the change is refused. */
  audit?: AuditEntry
  /** Hash of the invite by which the actor joins; a use of it is counted in the same transaction. */
  invite?: string
  /** The account of the actor has ended and takes its messages with it: it deletes them wherever they are, and does nothing else. */
  closing?: true
}

export type AppendResult
  = | { ok: true, event: LogEvent, duplicate: boolean }
    | { ok: false, code: RejectCode, message: string }

/**
 * The store is known not to have committed (busy, full): hold the op and try it again (S4). Any other error thrown by `append` means
 * that the fate of the op is unknown (S5).
 */
export class StoreUnavailable extends Error {
  readonly status: Exclude<StoreStatus, 'ok'>
  constructor(status: Exclude<StoreStatus, 'ok'>) {
    super(`store ${status}`)
    this.name = 'StoreUnavailable'
    this.status = status
  }
}

export interface PageRequest {
  conversation: string
  after: number
  /** The cid that the client holds at `after`; null or absent = not checked. */
  tip?: string | null
  /** At most 200 (Y1). */
  limit: number
  /** Largest JSON size of the events together, bytes. */
  maxBytes: number
  /** Log from the start; no gap-size reset (Y1). */
  whole?: boolean
}
export interface PageResult {
  events: LogEvent[]
  head: number
  more: boolean
  /** Y2: the events are the newest ones instead, ending at head. */
  reset?: true
}

export interface HistoryRequest {
  conversation: string
  /** User id of who reads; absent = nobody is asked. */
  reader?: string
  limit: number
  before?: number
  after?: number
  around?: number
}
export interface HistoryResult {
  messages: Message[]
  notices: (MemberEvent | MetaEvent)[]
  head: number
  tip: string | null
  before?: number
  after?: number
}

/** The log: append, pages, heads. */
export interface LogStore {
  /**
   * One change, in one transaction: dedupe by (actor, cid) (S3) → permission by access.ts on facts read in that transaction (S8) →
   * next seq (O1) → event and everything derived from it (members, current message, mentions, search index, erasure of O5).
   * Resolves after the commit is on disk (S2); calls waiting at the same time share a commit.
   *
   * Calls are committed in call order and settle in call order. When one is refused with StoreUnavailable, every call still waiting
   * behind it is refused alike; when one fails with any other error, none behind it commits either. So a caller may issue a run of ops
   * without waiting for each: what commits is always a prefix of what it issued (S6).
   *
   * Edits, deletes and reactions without effect are events like any other (S9).
   *
   * @throws StoreUnavailable known not to be committed
   */
  append(request: AppendRequest): Promise<AppendResult>
  /** Events after a cursor (Y1, Y2), one snapshot. Undefined: no such conversation. */
  page(request: PageRequest): Promise<PageResult | undefined>
  /** Events with `from ≤ seq ≤ to`, ascending, at most `limit`; for holes in the fan-out (O3). */
  range(conversation: string, from: number, to: number, limit: number): Promise<LogEvent[]>
  /** Heads of all conversations of a user, in one statement (W2). */
  heads(user: string): Promise<Heads>
  /** Last seqs, for the audit (O4); unknown conversations are absent. */
  headsOf(conversations: readonly string[]): Promise<Map<string, number>>
  /**
   * Current messages (Y3), one snapshot: a {@link HistoryResult} as JSON, which nobody between store and network looks into. Undefined: no
   * such conversation, or the reader is not a member (S8: the same answer).
   */
  history(request: HistoryRequest): Promise<string | undefined>
}

export interface CreateConversation {
  id: string
  kind: ConversationKind
  title: string
  /** User ids; the first is the owner (of a direct conversation both are members; one alone = notes to self). */
  members: string[]
  at: number
}

export interface MemberState {
  /** Clamped to head; never goes back (§8). */
  readSeq?: number
  deliveredSeq?: number
  /** When it was reached, ms since 1970; absent = that is not to be kept. */
  at?: number
}

export interface MemberSettings {
  notify?: NotifyLevel
  pinned?: boolean
  /** Until the next message. */
  hidden?: boolean
  /** 0 clears the mark. */
  unreadFrom?: number
}

/** Conversations, members and people, as the chat needs them. */
export interface ConversationStore {
  /**
   * Makes a conversation and its members. A new one has head 0 and no events (W2); a direct conversation of the same two people is the
   * one that exists (`created: false`).
   */
  createConversation(request: CreateConversation): Promise<{ id: string, created: boolean }>
  /** Ids of the conversations a user is a member of. */
  conversationIdsOf(user: string): Promise<string[]>
  /** Own view of one conversation, or of all; presence in `members[].state` is filled in by the core ('offline' here). Not a member: absent. */
  summaries(user: string, only?: string): Promise<ConversationSummary[]>
  /** User ids of all members. Empty: no such conversation. */
  membersOf(conversation: string): Promise<string[]>
  /** Role in a conversation; undefined: not a member, or no such conversation (S8: the same answer). */
  roleOf(conversation: string, user: string): Promise<MemberRole | undefined>
  /** Members by page, ordered by user id; `after` is the last id of the page before. */
  memberPage(conversation: string, after: string | undefined, limit: number): Promise<Member[]>
  /** The oldest admin, else the oldest member, beside `leaver`: who inherits an ownership (§11). */
  heirOf(conversation: string, leaver: string): Promise<string | undefined>
  owners(conversation: string): Promise<string[]>
  /**
   * Raises read and delivered positions (`max()`, clamped to head).
   * @returns the positions now and whether they changed; undefined: not a member
   */
  raisePositions(conversation: string, user: string, state: MemberState): Promise<{ readSeq: number, deliveredSeq: number, changed: boolean } | undefined>
  saveMemberSettings(conversation: string, user: string, settings: MemberSettings): Promise<void>
  /** Users who share a conversation with this one (presence goes to them). */
  contactsOf(user: string): Promise<string[]>
  /** People by part of name (NFKC, case-folded), for the new-conversation dialog. */
  findUsers(query: string, limit: number): Promise<UserSummary[]>
  usersById(ids: readonly string[]): Promise<UserSummary[]>
  saveLastSeen(user: string, at: number): Promise<void>
  lastSeenOf(users: readonly string[]): Promise<Map<string, number>>
  /** S9: one who is blocked by the other in a direct conversation gets `forbidden`. */
  setBlock(user: string, blocked: string, on: boolean): Promise<void>
  /** Full-text search in the conversations of a user, newest first, CJK included. */
  search(request: SearchRequest): Promise<{ hits: SearchHit[], next?: string }>
}

export interface Store extends LogStore, ConversationStore, PeopleStore, AttachmentStore, InviteStore, ReadingStore, PushStore, HookStore, ModerationStore, AdministrationStore {
  /** Random id of this database's history (PROTOCOL 1, W4). */
  epoch(): Promise<string>
  /** Whether a write could be made now; for /api/ready. */
  ready(): Promise<boolean>
  close(): Promise<void>
  /** A `FirstPaintView` and whose it is (`readFirstPaintText`), of one snapshot: what a page that the server renders shows. Undefined: `conversation` is none of this user's. */
  firstPaint(request: FirstPaintRequest): Promise<string | undefined>
}

export type { Backplane, BackplaneMessage } from '#parley/server/chat/backplane-port.ts'
