import type { Account, Attachment, ConversationKind, ConversationSummary, LoginSummary, Member, MemberEvent, Message, MetaEvent, Pin, UserSummary } from '#parley/shared/model.ts'
import type { ApiScope } from '#parley/shared/api-scopes.ts'
import type { NotificationSettings, PushDevice } from '#parley/shared/notifications.ts'

/** Bodies of the HTTP interface (PROTOCOL 11): what a call answers. Requests are validated in server/api. */

export interface TicketResponse {
  token: string
  /** Seconds: the only duration of the protocol that is not in milliseconds (W2). */
  expiresIn: number
}
/** What a user does not show to others; absent = shown. */
export interface HiddenChoices {
  /** How far they have read. */
  reads?: true
  /** Whether they are here, and when they were. */
  presence?: true
}
export interface AccountResponse {
  user: Account
  /** Only in what `/api/me` answers. */
  hides?: HiddenChoices
}
export interface AvatarResponse { avatar: string }
/** Without `scopes` a token may do whatever its user may. */
export interface ApiTokenSummary { id: string, name: string, createdAt: number, lastUsedAt?: number, scopes?: readonly ApiScope[] }
export interface ApiTokensResponse { tokens: ApiTokenSummary[] }
/** The only answer that holds the token. */
export interface NewApiTokenResponse extends ApiTokenSummary { token: string }
export interface UsersResponse { users: UserSummary[] }
export interface ConversationsResponse { conversations: ConversationSummary[] }
export interface ConversationResponse { conversation: ConversationSummary }
export interface MembersResponse { members: Member[], next?: string }
export interface LoginsResponse { logins: LoginSummary[] }
export interface AttachmentResponse { attachment: Attachment }

/** What the caller may upload, in bytes. */
export interface AttachmentLimits {
  /** Of one file. */
  maxBytes: number
  /** Of all files together; absent = no limit. */
  quota?: number
  /** Of it, taken already. */
  used: number
}

/** A page of current messages, ascending, read in one snapshot (Y3). */
export interface HistoryResponse {
  /** Of which history its numbers are (W4): a page may come before the first `welcome`, and from another server than it. */
  epoch: string
  messages: Message[]
  /** `member` and `meta` events between the first and the last seq of this page, so that a timeline can tell who joined when. */
  notices: (MemberEvent | MetaEvent)[]
  /** Last seq of the log; a page that reaches it lets the client set its cursor here. */
  head: number
  /** The cid of the event at `head`, for the `tip` of the next sync (Y2). */
  tip: string | null
  /** Pass as `before` for the page above; absent at the start of the history. */
  before?: number
  /** Pass as `after` for the page below; absent when this page reaches `head`. */
  after?: number
}

/** An invite as those see it who may give it out. Its token is in the answer that made it and nowhere else. */
export interface Invite {
  id: string
  /** What it lets join; absent = it only lets someone register. */
  conversation?: string
  /** User id. */
  creator: string
  /** Lets someone make an account where registration is by invite. */
  registers: boolean
  /** Ms since 1970. */
  createdAt: number
  expiresAt?: number
  /** How many people it is for; absent = any number. */
  maxUses?: number
  uses: number
}
export interface NewInviteResponse { token: string, invite: Invite }
export interface InvitesResponse { invites: Invite[] }

/** What a holder of an invite, or anyone who looks for public conversations, may know: nothing of who is in it. */
export interface OpenConversation {
  id: string
  kind: ConversationKind
  title: string
  topic?: string
  memberCount: number
  /** Whether the one who asks is a member. */
  member: boolean
}
export interface InvitePreviewResponse { registers: boolean, expiresAt?: number, conversation?: OpenConversation }
export interface OpenConversationsResponse { conversations: OpenConversation[] }

export interface PinnedMessage extends Pin { message: Message }
export interface PinsResponse { pins: PinnedMessage[] }

/** How far one member is with a message. The times are absent where they are not known any more, or never were. */
export interface MemberReceipt {
  user: UserSummary
  state: 'none' | 'delivered' | 'read'
  deliveredAt?: number
  readAt?: number
}

/** Who a message has reached, of the members who were there when it was sent, without its author. */
export interface ReceiptsResponse {
  seq: number
  /** When the message was stored, ms since 1970. */
  at: number
  members: number
  delivered: number
  read: number
  /** Absent in conversations with too many members (U-R4). */
  people?: MemberReceipt[]
  /** `after` of the page that follows. */
  next?: string
}

/** Where a time lies in a log; without a seq there is no message. */
export interface MessageAtResponse { seq?: number }

/** What a message holds, as a search can ask for it. `file` is any file, pictures too. */
export type ContentMark = 'file' | 'image' | 'video' | 'audio' | 'link'

export interface SearchHit {
  conversation: string
  seq: number
  sender: string
  at: number
  /** Plain text; the matched parts stand between U+E000 and U+E001, which no stored text can forge because they are stripped from it. */
  snippet: string
}
export interface SearchResponse { hits: SearchHit[], next?: string }

export interface PushKeyResponse { key: string }
export interface PushDevicesResponse { devices: PushDevice[] }
export interface NotificationSettingsResponse { settings: NotificationSettings }

/** What the server sees of whoever asks, so that proxies between can be judged (`parley doctor`). */
export interface DiagnosisResponse {
  /** The client's address as the server understands it (X20). */
  address: string
  /** Whether the client used https, as far as the server can tell. */
  secure: boolean
  /** Whether the peer of the connection is one whose forwarded headers are believed. */
  proxyTrusted: boolean
  /** Entries in `X-Forwarded-For`, believed or not. */
  forwardedFor: number
  /** Headers as they arrived. */
  host: string | null
  forwardedHost: string | null
  origin: string | null
  /** Of the request as it arrived. */
  httpVersion: string
  /** Ms since 1970. */
  serverTime: number
  /** Ms (L1). */
  heartbeat: { interval: number, timeout: number }
  /** Bytes of one WebSocket message (T4) and of one file. */
  limits: { messageBytes: number, uploadBytes: number }
}

/** Codes in `data.code` of an HTTP error, beside the reject codes. */
export type HttpErrorCode
  = | 'bad_request' | 'unauthenticated' | 'foreign_origin' | 'bad_credentials' | 'username_taken' | 'username_invalid' | 'password_weak' | 'password_common'
    | 'code_wrong' | 'step_expired' | 'passkey_refused' | 'passkey_limit' | 'passkeys_unavailable' | 'confirmation_required'
    | 'registration_closed' | 'setup_code_required' | 'invite_required' | 'account_disabled' | 'too_many_requests' | 'store_unavailable' | 'not_found' | 'forbidden'
    | 'scope_missing' | 'identity_taken' | 'bad_token' | 'bad_picture' | 'last_admin' | 'file_too_large' | 'quota_exceeded' | 'too_many_uploads' | 'subscription_invalid'

/** Every error of the HTTP interface. */
export interface HttpErrorBody { statusCode: number, message: string, data?: { code: string } }
