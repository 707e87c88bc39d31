import type { AttachmentKind } from '#parley/shared/attachments.ts'
import type { Account, Content, ConversationSummary, MemberEvent, Message, MetaEvent, PresenceState, UserSummary } from '#parley/shared/model.ts'
import type { RejectCode, StoreStatus } from '#parley/shared/protocol/index.ts'

/** What the client core shows to whoever builds on it: the Vue layer, a bot, the simulation. Snapshots are immutable: a change is a new object. */

/**
 * State of the connection (docs/ARCHITECTURE.md, the client's machine). `online` means welcomed, not merely open. The article's
 * states 0/1/2 are waiting|idle, online, connecting.
 */
export type ConnectionState
  = | { name: 'idle' }
    | { name: 'connecting', attempt: number }
    | { name: 'online', since: number }
    | { name: 'waiting', attempt: number, retryAt: number, cause: WaitCause }
    | { name: 'signed-out', reason: 'login_ended' | 'revoked' | 'disabled' }
    | { name: 'closed', reason: 'stopped' | 'version' | 'bad_frames' | 'too_many_connections' | 'refused' }

export type WaitCause
  = | 'offline' // the browser says there is no network
    | 'unreachable' // ticket call or handshake failed
    | 'lost' // an open connection ended or stopped answering
    | 'restart' // goaway or 1012
    | 'busy' // 429, 503, 4006, 4007, 4008

/** Own message: moves only forward (U-D1). `queued` = not handed to a live socket, and again when the link is lost. */
export type DeliveryState = 'queued' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed'

/** Why a file was not taken; its message was never sent. */
export type UploadFailure = 'file_too_large' | 'quota_exceeded' | 'file_unreadable' | 'upload_refused'

export type FailureCode = RejectCode | UploadFailure

/** A file that the user sends. */
export interface OutgoingFile {
  file: Blob
  name: string
  /** As what it should be shown; the server decides whether it can be. */
  kind: AttachmentKind
  /** Pixels, for the box of its row until the server has measured it. */
  width?: number
  height?: number
  /** Seconds. */
  duration?: number
  /** A smaller copy of a picture for the timeline. */
  preview?: Blob
  /** What it shows, in words, for those who do not see it. */
  alt?: string
}

/** A file that was picked and not sent; it goes with the next message of its conversation (U-P6). */
export interface DraftFile {
  /** Of the message that will carry it. */
  cid: string
  file: Blob
  name: string
  kind: AttachmentKind
  /** Seconds, of what was recorded here. */
  duration?: number
  alt?: string
  /** Whether it survives a reload: not yet while it is written, and not at all where the device has no room for it. */
  kept: 'yes' | 'writing' | 'no'
}

export type UploadState
  = | { name: 'waiting' }
    /** Bytes. */
    | { name: 'uploading', sent: number, size: number }
    | { name: 'failed', code: UploadFailure }
    /** The message is on its way like any other. */
    | { name: 'uploaded' }

/** The file of an own message that is not settled, and how far it is. */
export interface UploadView { file: Blob, state: UploadState }

/** One row of a timeline, keyed by cid for ever (U-D3). */
export type Row = MessageRow | NoticeRow

export interface MessageRow {
  kind: 'message'
  cid: string
  /** Absent until acknowledged. */
  seq?: number
  /** User id. */
  sender: string
  mine: boolean
  /** Server time, or the device's for a row that is not acknowledged. */
  at: number
  /** Absent when deleted. */
  content?: Content
  replyTo?: number
  mentions?: string[]
  editedAt?: number
  deletedAt?: number
  deletedBy?: string
  reactions: Message['reactions']
  /** Own rows only. */
  state?: DeliveryState
  /** Why, when `state` is 'failed'. */
  failure?: FailureCode
  /** An own edit or delete of this row that is not acknowledged yet. */
  changing?: boolean
  /** An own edit or delete of this row was refused; `retry` and `discard` take the row's cid for it. */
  changeFailure?: FailureCode
  /** What a refused edit would have made of it: what was typed is not lost. */
  changeContent?: Content
}

export interface NoticeRow {
  kind: 'member' | 'meta'
  cid: string
  seq: number
  sender: string
  mine: boolean
  at: number
  event: MemberEvent | MetaEvent
}

/** Rows of one conversation in display order: confirmed by seq, then own unconfirmed in the order in which they were made (U-D4). */
export interface TimelineSnapshot {
  conversation: string
  rows: readonly Row[]
  /** 'empty' = nothing is held and nothing was asked for yet; 'loading' = a request is under way; 'unavailable' = it failed; 'missing' = not a member or no such conversation. */
  status: 'empty' | 'loading' | 'unavailable' | 'ready' | 'missing'
  /** Older history exists on the server; false = `rows` begins with the start of the conversation. */
  hasOlder: boolean
  /** The window was moved away from the newest messages (a jump); `rows` does not end at head. */
  hasNewer: boolean
  loadingOlder: boolean
  loadingNewer: boolean
  /** Seq above which a hole is known and shown (Y2): the row with the lowest seq above the hole. */
  gapBefore?: number
  /** Raised when the rows were replaced rather than extended (reset, jump): a view drops its anchor. */
  generation: number
}

/** A conversation in the list: the server's summary kept current by events, plus what only this device knows. */
export interface ConversationView extends ConversationSummary {
  /** Title to show: the title, or the other's display name, or own name for notes to self. */
  label: string
  /** Time of the last activity; the list is sorted by it (U-C1). */
  activeAt: number
  /** Last row, own unacknowledged ones included. */
  last?: MessageRow
  /** An own message of this conversation failed. */
  failed: boolean
  /** Text of the draft kept for this conversation, for the prefix in the list (U-C3). */
  draft?: string
  /** Names of the files of that draft. */
  draftFiles?: readonly string[]
}

/** What someone typed and has not sent; kept per conversation on this device until sent or cleared (U-P6). */
export interface Draft {
  text: string
  /** Seq of the message that the draft answers. */
  replyTo?: number
  /** Ms since 1970, the device's clock. */
  savedAt: number
}

/** Changes the files of drafts. */
export interface DraftTray {
  /** Shown when this returns, on disk soon after. @returns its cid */
  add(conversation: string, file: OutgoingFile): string
  remove(cid: string): void
  /** @param alt what the file shows, in words; undefined: nothing is said */
  describe(cid: string, alt: string | undefined): void
  /**
   * Sends files of a draft, each as a message, the first with `options`; they and the draft's text leave the draft at once. On the device's
   * disk they change places in one step: a crash leaves them in the draft or on their way, never in neither and never in both.
   *
   * @param files `facts`: what was found out about the file, for the box of its row
   */
  send(conversation: string, files: readonly { cid: string, facts: Promise<OutgoingFile> }[], options?: UploadOptions): Promise<void>
}

export type Change
  = | { type: 'connection', state: ConnectionState }
    /** Number of own ops that are neither acknowledged nor failed. */
    | { type: 'pending', count: number }
    /** The list, or something in it, changed. */
    | { type: 'conversations' }
    | { type: 'timeline', conversation: string }
    /** A message of someone else arrived live or by catch-up; for pages that listen, sounds and notifications. */
    | { type: 'message', conversation: string, row: MessageRow, live: boolean }
    /** User ids now typing in a conversation, own excluded. */
    | { type: 'typing', conversation: string, users: readonly string[] }
    | { type: 'presence', user: string, state: PresenceState, lastSeen?: number }
    | { type: 'users', users: readonly UserSummary[] }
    /** Ids of all users whom the account has blocked. */
    | { type: 'blocked', users: readonly string[] }
    | { type: 'store-status', status: StoreStatus }
    /** The draft of a conversation, its text or its files, was changed, here or by another tab. */
    | { type: 'draft', conversation: string }
    /** The server refused an own op for good (S4). A refused reaction is taken back; the others stay, failed. */
    | { type: 'refused', conversation: string, cid: string, op: 'send' | 'edit' | 'delete' | 'react', code: FailureCode }
    /** The file of an own message is further, or no longer under way. */
    | { type: 'upload', cid: string }
    | { type: 'notice', code: NoticeCode, conversation?: string }

export type NoticeCode
  = | 'device_storage_unavailable' // outbox and cache live in memory only
    | 'device_storage_full' // a message could not be kept on this device; it still sends
    | 'history_reset' // the server's history changed (W4)
    | 'other_account' // another account logged in from another tab: reload (W2)
    | 'removed' // no longer a member of `conversation`
    | 'update_available' // this page is too old for its server or its database: reload

export interface SendOptions { replyTo?: number }
export interface UploadOptions extends SendOptions { text?: string }

/**
 * One logged-in account on one page. Framework-free; everything it needs is in its Environment. Every method may be called in every
 * state; nothing throws for lack of a network.
 */
export interface ChatClient {
  readonly account: Account
  /** Loads the device's outbox and cache; rows are there before any connection. */
  ready(): Promise<void>
  start(): void
  /** Closes on purpose (1000) and does not reconnect; outbox and cache stay. */
  stop(): void
  /** Tries at once instead of waiting for the backoff. */
  retryNow(): void
  /** Deliberate log-out on this device: stops and erases this account's outbox, drafts and cache. */
  erase(): Promise<void>
  dispose(): void

  connection(): ConnectionState
  pending(): number
  /** Ms within which one may take back and edit what one has sent, as the server said at the last connection; absent = always (S8). */
  limits(): { recallLimit?: number, editLimit?: number }
  conversations(): readonly ConversationView[]
  conversation(id: string): ConversationView | undefined
  user(id: string): UserSummary | undefined
  typing(conversation: string): readonly string[]
  presence(user: string): { state: PresenceState, lastSeen?: number }

  /** Rows of a conversation; loads the newest page when nothing is held. */
  timeline(conversation: string): TimelineSnapshot
  /** Marks the conversation that is on screen; it is kept current and cached first. Undefined: none. */
  open(conversation: string | undefined): void
  /** Whether the reader of a conversation follows its newest rows, as at the start, or reads further up: those rows are then kept. */
  setAtEnd(conversation: string, atEnd: boolean): void
  loadOlder(conversation: string): Promise<void>
  loadNewer(conversation: string): Promise<void>
  /** Moves the window around a seq (permalink, search hit, quote). */
  jumpTo(conversation: string, seq: number): Promise<void>
  jumpToPresent(conversation: string): Promise<void>
  /** Fetches the list again; events keep it current in between. */
  refresh(): Promise<void>

  /**
   * Sends a message. The row is in the timeline when this returns; the promise settles when the op is on the device's disk (or could
   * not be kept there, which a notice tells).
   * @returns the cid
   */
  send(conversation: string, content: Content, options?: SendOptions): { cid: string, stored: Promise<void> }
  /**
   * Sends a file with a message. It is uploaded before its message is sent, so that what is written meanwhile goes first (U-P10); files
   * keep their order among themselves. `stored` settles when row and file are there, and rejects when the code for it cannot be loaded.
   */
  upload(conversation: string, file: OutgoingFile, options?: UploadOptions): { cid: string, stored: Promise<void> }
  /** Undefined once its message is settled, and for all others. */
  uploadOf(cid: string): UploadView | undefined
  edit(conversation: string, target: number, content: Content): { cid: string, stored: Promise<void> }
  remove(conversation: string, target: number): { cid: string, stored: Promise<void> }
  react(conversation: string, target: number, emoji: string, on: boolean): { cid: string, stored: Promise<void> }
  /** Sends a failed op again, same cid and place; after `cid_conflict` under a new cid. */
  retry(cid: string): void
  /** Drops a failed op and its row, or a message whose file is not uploaded yet. */
  discard(cid: string): void

  /** The draft of a conversation; known once `ready` has resolved. */
  draft(conversation: string): Draft | undefined
  /** Files of that draft, in the order in which they were picked. */
  draftFiles(conversation: string): readonly DraftFile[]
  /** What changes them. Rejects when the code for it cannot be loaded. */
  draftTray(): Promise<DraftTray>
  /** Keeps a draft; on disk within 500 ms and on pagehide (U-P6). Undefined, or blank text without a reply target, clears it. */
  saveDraft(conversation: string, draft: Draft | undefined): void

  markRead(conversation: string, seq: number): void
  setTyping(conversation: string, on: boolean): void
  setActive(active: boolean): void

  on(listener: (change: Change) => void): () => void
}
