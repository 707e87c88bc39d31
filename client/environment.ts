import type { AttachmentResponse, ConversationsResponse, HistoryResponse, UsersResponse, ConversationResponse } from '#parley/shared/http.ts'

/** Everything the client core needs of the world, injected, so that a test can be the world. */

/** A browser WebSocket, made orphan-safe: after `abandon` none of the handlers is called again (B2, R11). */
export interface ClientSocket {
  /** Never throws; what is sent on a dead socket is lost, which the outbox allows for. */
  send(text: string): void
  close(code: number, reason: string): void
  /** Detaches all handlers and closes without waiting: `onclose` of a half-open link comes after 60 s. */
  abandon(code: number, reason: string): void
  readonly bufferedAmount: number
}

export interface SocketHandlers {
  open(): void
  message(text: string): void
  close(code: number, reason: string): void
}

/** Answer of the ticket call (A1, C2). */
export type TicketAnswer
  = | { kind: 'ticket', token: string }
    | { kind: 'signed-out' }
    /** Over a limit or store unavailable; `retryAfter` in ms where the server said so. */
    | { kind: 'busy', retryAfter?: number }
    /** No network, a proxy's page, anything unexpected: try again by backoff (F23). */
    | { kind: 'unreachable' }

/** An answer of the HTTP interface, never thrown. */
export type HttpAnswer<T>
  = | { kind: 'ok', value: T }
    | { kind: 'refused', status: number, code: string }
    | { kind: 'unreachable' }

/** A file to be uploaded. */
export interface UploadRequest {
  /** Under which a second try is the same upload (§11). */
  key: string
  file: Blob
  name: string
  /** Of a large picture, for the timeline. */
  preview?: Blob
  /** Bytes on their way so far. */
  progress(sent: number): void
  signal: AbortSignal
}

/** The calls of the HTTP interface that the core makes itself. */
export interface ChatHttp {
  ticket(signal: AbortSignal): Promise<TicketAnswer>
  conversations(): Promise<HttpAnswer<ConversationsResponse>>
  conversation(id: string): Promise<HttpAnswer<ConversationResponse>>
  history(conversation: string, query: { before?: number, after?: number, around?: number, limit?: number }): Promise<HttpAnswer<HistoryResponse>>
  users(ids: readonly string[]): Promise<HttpAnswer<UsersResponse>>
  /** Absent: no files can be sent from here. */
  upload?(request: UploadRequest): Promise<HttpAnswer<AttachmentResponse>>
}

export type Signal = 'online' | 'offline' | 'visible' | 'hidden' | 'focus' | 'pageshow' | 'resume' | 'freeze' | 'pagehide'

/** An op as it lies in the outbox, for ever the same until acknowledged, discarded or erased. */
export interface StoredOp {
  account: string
  cid: string
  conversation: string
  /** Order in which the user made ops, common to all tabs of the account; never the cid's text (R4). */
  order: number
  /** The op without cid and conversation, as on the wire. */
  op: { type: 'send' | 'edit' | 'delete' | 'react' } & Record<string, unknown>
  madeAt: number
  /** Set by a reject (S4): final until the user retries. */
  failure?: string
}

/** An op that the storage has given no order yet. */
export type NewOp = Omit<StoredOp, 'order'>

/** What the device keeps of one conversation. */
export interface StoredConversation {
  account: string
  conversation: string
  /** Opaque to the storage: the timeline's own serialised form. */
  data: unknown
}

/** A small value of an account. */
export interface StoredValue { account: string, key: string, value: unknown }

/**
 * The device's durable storage. Every method settles; failures reject with DeviceStorageError and the core goes on in memory.
 * Writes resolve only when they are on disk (`durability: 'strict'`, B8).
 */
export interface ClientStorage {
  /** Adds an op and gives it its order, atomically over all tabs. */
  putOp(op: NewOp): Promise<StoredOp>
  /**
   * Adds, in one transaction and this order, those of `ops` that are not there, and tells the others of their failure; then adds `newer`,
   * which leave the place that they may have.
   */
  putOps(account: string, ops: readonly NewOp[], newer: readonly NewOp[]): Promise<void>
  updateOp(account: string, cid: string, change: { failure?: string | undefined }): Promise<void>
  deleteOps(account: string, cids: readonly string[]): Promise<void>
  /** In `order`. */
  ops(account: string): Promise<StoredOp[]>
  /** With values, all of it in one transaction. */
  putConversations(entries: readonly StoredConversation[], values?: readonly StoredValue[]): Promise<void>
  deleteConversations(account: string, conversations: readonly string[] | 'all'): Promise<void>
  conversations(account: string): Promise<StoredConversation[]>
  /** Values: epoch, conversation list, drafts (`draft:<conversation>`), files to be sent and those of drafts (`upload:<cid>`). */
  putValue(account: string, key: string, value: unknown): Promise<void>
  value(account: string, key: string): Promise<unknown>
  values(account: string, prefix: string): Promise<{ key: string, value: unknown }[]>
  deleteValue(account: string, key: string): Promise<void>
  /** Everything of an account. */
  erase(account: string): Promise<void>
  /** Whether what is put survives a reload. */
  readonly durable: boolean
  /** Storage was taken away under our feet: another tab upgraded it, the user cleared it, the browser dropped it (B8). */
  onLost(listener: (cause: 'upgraded' | 'cleared') => void): () => void
  close(): void
}

export class DeviceStorageError extends Error {
  readonly reason: 'unavailable' | 'quota' | 'closed'
  constructor(cause: 'unavailable' | 'quota' | 'closed') {
    super(`device storage ${cause}`)
    this.name = 'DeviceStorageError'
    this.reason = cause
  }
}

/**
 * A small synchronous store for what a page hands over in its last moment: an IndexedDB write that has to wait for another one is
 * dropped with the page.
 */
export interface LastWords {
  /** Never throws. */
  put(key: string, value: unknown): void
  /** Returns and removes what was put under keys that begin with `prefix`. */
  take(prefix: string): { key: string, value: unknown }[]
}

/** Messages between tabs of one account; only hints: the storage and the server are the truth. */
export interface TabChannel {
  post(message: unknown): void
  on(listener: (message: unknown) => void): () => void
  close(): void
}

export interface Environment {
  /** Wall clock, ms since 1970; may jump (F16). */
  now(): number
  /** Ms that never go back; may stand still while the machine sleeps. */
  monotonic(): number
  timer(task: () => void, ms: number): () => void
  /** Runs before the next paint, or soon: bursts of frames are applied together. */
  frame(task: () => void): () => void
  random(): number
  randomBytes(length: number): Uint8Array
  online(): boolean
  visible(): boolean
  onSignal(listener: (signal: Signal) => void): () => void
  openSocket(url: string, protocols: string[], handlers: SocketHandlers): ClientSocket
  /** `wss://host/_ws` of this page. */
  socketUrl: string
  http: ChatHttp
  storage: ClientStorage
  /** Absent: what is typed in a page's last moment may be lost. */
  lastWords?: LastWords
  channel(name: string): TabChannel
  /** Runs a task when no other tab runs one of that name. Absent (plain http): tabs may do the same work twice. */
  exclusive?(name: string, task: () => Promise<void>): Promise<void>
  warn(message: string, detail?: unknown): void
}
