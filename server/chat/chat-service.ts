import type { FirstPaintViewer } from '#parley/server/chat/first-paint-port.ts'
import type { ConversationKind, ConversationSummary, Member, MemberRole } from '#parley/shared/model.ts'
import type { AckFrame, Op, RejectCode, RejectFrame } from '#parley/shared/protocol/index.ts'
import type { ChatFigures } from '#parley/server/chat/figures.ts'
import type { UserNews } from '#parley/server/chat/user-news.ts'
import type { Ban } from '#parley/shared/administration.ts'
import type { AuditEntry } from '#parley/server/chat/moderation-port.ts'
import type { AppendRequest, HistoryRequest, Identity, LogChange, MemberSettings, ServerSocket } from '#parley/server/chat/ports.ts'
import type { ReadingCalls } from '#parley/server/chat/reading.ts'

/** The seat of one accepted connection; the route hands it what the socket brings. */
export interface SessionHandle {
  readonly id: string
  /** One text message as it arrived (T3). Never throws; frames are processed strictly in order (T7). */
  receive(text: string): void
  /** A binary message: ends the connection with 4500 (T3). */
  receiveBinary(): void
  /** The socket is gone, whoever closed it. @param code of the peer's close; absent = it went without one */
  closed(code?: number): void
}

export interface ConnectionInfo { id: string, login: string, appname: string, address: string, openedAt: number }

/** An HTTP op found the user's bucket empty for too long (L4); 429 with `Retry-After`. */
export class RateLimited extends Error {
  /** Ms until a token is free. */
  readonly retryAfter: number
  constructor(retryAfter: number) {
    super('rate limited')
    this.name = 'RateLimited'
    this.retryAfter = retryAfter
  }
}

export type Outcome<T> = { ok: true, value: T } | { ok: false, code: RejectCode, message: string }

/**
 * All that routes and HTTP handlers may ask of the chat. Permission is decided behind it, never in a handler. Methods that write
 * throw StoreUnavailable (ports.ts) when the store cannot take a write now: 503 over HTTP.
 */
export interface ChatService {
  /** Whether one more connection from this address fits (A4, total and per-address cap); false: answer 503 before the upgrade. */
  hasRoom(address: string): boolean
  /** Seats a connection: caps per user (A4), registration, heads, `welcome` (W1, W2). */
  accept(socket: ServerSocket, identity: Identity): SessionHandle
  /**
   * Carries out an op that came over HTTP; the same path as on the wire.
   * @throws RateLimited the user's bucket stayed empty (L4)
   */
  submit(user: string, op: Op): Promise<AckFrame | RejectFrame>
  /** Posts for a webhook, as its bot; how often it may is for the caller to know. */
  post(bot: string, op: Extract<Op, { type: 'send' }>): Promise<AckFrame | RejectFrame>

  conversations(user: string): Promise<ConversationSummary[]>
  conversation(user: string, id: string): Promise<ConversationSummary | undefined>
  createConversation(user: string, request: { kind: ConversationKind, title: string, members: string[] }): Promise<Outcome<ConversationSummary>>
  changeConversation(user: string, id: string, change: { title?: string, topic?: string, avatar?: string, closed?: true, public?: boolean }): Promise<Outcome<ConversationSummary>>
  members(user: string, id: string, after: string | undefined): Promise<Outcome<{ members: Member[], next?: string }>>
  addMember(user: string, id: string, member: string, role?: MemberRole): Promise<Outcome<ConversationSummary>>
  /** Joins by an invite (its hash), or a public conversation without one. A member already: their view of it, and no use is counted. */
  join(user: string, id: string, invite?: string): Promise<Outcome<ConversationSummary>>
  changeRole(user: string, id: string, member: string, role: MemberRole): Promise<Outcome<ConversationSummary>>
  /** Leaves (`member` = self) or removes. A leaving last owner hands over first (§11). */
  removeMember(user: string, id: string, member: string): Promise<Outcome<void>>
  /** Removes a member who may not come back; whoever may remove them may. */
  ban(user: string, id: string, member: string, reason: string | undefined, audit: AuditEntry): Promise<Outcome<void>>
  bans(user: string, id: string): Promise<Outcome<Ban[]>>
  liftBan(user: string, id: string, member: string, audit: AuditEntry): Promise<Outcome<void>>
  /** Keeps a member from writing for `duration` ms; undefined ends it. */
  mute(user: string, id: string, member: string, mute: { duration: number, reason?: string } | undefined, audit: AuditEntry): Promise<Outcome<void>>
  /** A change by the server's admins or policies, member or not; whether it may be done is for the caller to know. */
  actAsServer(id: string, actor: string, change: LogChange, extra: Pick<AppendRequest, 'ban' | 'audit'>): Promise<Outcome<void>>
  /** A conversation was deleted for good: tells who watches it, here and on other nodes, and keeps nothing of it. */
  forget(id: string): void
  saveSettings(user: string, id: string, settings: MemberSettings): Promise<Outcome<ConversationSummary>>
  /** A page of history (Y3) with its epoch (W4), as JSON. */
  history(user: string, request: HistoryRequest): Promise<Outcome<string>>
  /** What a page that the server renders shows first, as the JSON of a `FirstPaintView`, with its epoch (W4), and whose it is. Undefined: no such conversation for this user. */
  firstPaint(viewer: FirstPaintViewer, at: { conversation?: string, around?: number }): Promise<{ user: string, view: string, epoch: string } | undefined>

  /** Pins, receipts, dates. */
  readonly reading: ReadingCalls

  /** A user's name, picture or status has changed, or what they show, or whom they have blocked. */
  tellUser(news: UserNews): void
  /** Deletes a message of an account that has ended, wherever it stands. */
  eraseOwn(user: string, id: string, seq: number): Promise<Outcome<void>>

  /** Users with a connection on this node. */
  connectedUsers(): string[]
  /** Open connections of a user on this node. */
  connectionsOf(user: string): ConnectionInfo[]
  /** Whether somebody is at one of the user's pages now, on any node: it is in front and has been touched of late (§8). */
  isActive(user: string): boolean
  /** Ends sockets whose login ended (A5), here and on other nodes. `except` keeps that login's. */
  revoke(user: string, what: { login?: string, except?: string, disabled?: boolean }): void

  /** How this node stands, and what it has counted. */
  figures(): ChatFigures

  /** Refuses new connections from now on (L5). */
  readonly draining: boolean
  /** goaway to all, ops in hand finished, 1012; resolves when every socket is gone or the limit is up (L5). */
  drain(): Promise<void>
}
