import type { Account, Attachment, ConversationKind, ConversationSummary, LoginSummary, Member, MemberEvent, Message, MetaEvent, UserSummary } from '#parley/shared/model.ts'
import type { NotificationSettings, PushDevice } from '#parley/shared/notifications.ts'

/** Bodies of the HTTP interface (PROTOCOL 11): what a call answers. Requests are validated in server/api. */

export interface TicketResponse {
  token: string
  /** Seconds: the only duration of the protocol that is not in milliseconds (W2). */
  expiresIn: number
}
export interface AccountResponse { user: Account }
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

/** Codes in `data.code` of an HTTP error, beside the reject codes. */
export type HttpErrorCode
  = | 'bad_request' | 'unauthenticated' | 'foreign_origin' | 'bad_credentials' | 'username_taken' | 'username_invalid' | 'password_weak' | 'password_common'
    | 'registration_closed' | 'setup_code_required' | 'invite_required' | 'account_disabled' | 'too_many_requests' | 'store_unavailable' | 'not_found' | 'forbidden'
    | 'file_too_large' | 'quota_exceeded' | 'too_many_uploads' | 'subscription_invalid'

/** Every error of the HTTP interface. */
export interface HttpErrorBody { statusCode: number, message: string, data?: { code: string } }
