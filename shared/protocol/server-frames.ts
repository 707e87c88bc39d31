import * as v from 'valibot'
import type { Content, ConversationSummary, LogEvent, PresenceState, UserSummary } from '#parley/shared/model.ts'
import type { RejectCode } from '#parley/shared/protocol/reject-codes.ts'

/** Frames that the server sends. Schemas are loose: unknown fields and types of a newer server are ignored (T5). */

const id = v.string()
const seq = v.number()

/** `[head, own readSeq, cid of the event at head or null]` (W2). */
const headEntry = v.looseTuple([seq, seq, v.nullable(v.string())])
const heads = v.record(v.string(), headEntry)
const logEvent = v.looseObject({ seq, kind: v.string(), cid: v.string(), sender: id, at: v.number() })

export const serverFrameSchemas = {
  welcome: v.looseObject({
    type: v.literal('welcome'),
    protocol: v.number(),
    epoch: v.string(),
    connection: v.string(),
    user: v.looseObject({ id, username: v.string(), displayName: v.string(), role: v.string() }),
    heads,
    heartbeat: v.looseObject({ interval: v.number(), timeout: v.number() }),
    limits: v.looseObject({}),
    serverTime: v.number(),
    blocked: v.optional(v.array(id)),
  }),
  heads: v.looseObject({ type: v.literal('heads'), heads }),
  ack: v.looseObject({ type: v.literal('ack'), cid: v.string(), conversation: id, seq, at: v.number(), duplicate: v.optional(v.boolean()), mentions: v.optional(v.array(id)), content: v.optional(v.looseObject({ type: v.string() })) }),
  reject: v.looseObject({ type: v.literal('reject'), cid: v.string(), conversation: id, code: v.string(), message: v.optional(v.string()) }),
  event: v.looseObject({ type: v.literal('event'), conversation: id, event: logEvent }),
  page: v.looseObject({
    type: v.literal('page'), ref: v.union([v.string(), v.number()]), conversation: id, events: v.array(logEvent), head: seq, more: v.boolean(), reset: v.optional(v.boolean()),
  }),
  receipt: v.looseObject({ type: v.literal('receipt'), conversation: id, user: id, read: v.optional(seq), delivered: v.optional(seq), at: v.number() }),
  typing: v.looseObject({ type: v.literal('typing'), conversation: id, user: id, on: v.boolean() }),
  presence: v.looseObject({ type: v.literal('presence'), user: id, state: v.picklist(['online', 'idle', 'offline']), lastSeen: v.optional(v.number()) }),
  user: v.looseObject({ type: v.literal('user'), user: v.looseObject({ id, username: v.string(), displayName: v.string() }) }),
  blocked: v.looseObject({ type: v.literal('blocked'), users: v.array(id) }),
  conversation: v.looseObject({ type: v.literal('conversation'), conversation: v.looseObject({ id }) }),
  removed: v.looseObject({ type: v.literal('removed'), conversation: id }),
  status: v.looseObject({ type: v.literal('status'), store: v.picklist(['ok', 'busy', 'full']) }),
  goaway: v.looseObject({ type: v.literal('goaway'), after: v.number() }),
  error: v.looseObject({ type: v.literal('error'), code: v.string(), message: v.optional(v.string()), ref: v.optional(v.union([v.string(), v.number()])) }),
  ping: v.looseObject({ type: v.literal('ping') }),
  pong: v.looseObject({ type: v.literal('pong') }),
} as const

export type HeadEntry = [head: number, readSeq: number, tip: string | null]
export type Heads = Record<string, HeadEntry>
export type Ref = string | number
export type StoreStatus = 'ok' | 'busy' | 'full'

export interface WelcomeFrame {
  type: 'welcome'
  protocol: number
  epoch: string
  connection: string
  user: { id: string, username: string, displayName: string, role: string }
  heads: Heads
  heartbeat: { interval: number, timeout: number }
  limits: Record<string, number>
  serverTime: number
  /** User ids; absent: nobody. */
  blocked?: string[]
}
export interface HeadsFrame { type: 'heads', heads: Heads }
export interface AckFrame { type: 'ack', cid: string, conversation: string, seq: number, at: number, duplicate?: boolean, mentions?: string[], content?: Content }
export interface RejectFrame { type: 'reject', cid: string, conversation: string, code: RejectCode, message: string }
export interface EventFrame { type: 'event', conversation: string, event: LogEvent }
export interface PageFrame { type: 'page', ref: Ref, conversation: string, events: LogEvent[], head: number, more: boolean, reset?: boolean }
export interface ReceiptFrame { type: 'receipt', conversation: string, user: string, read?: number, delivered?: number, at: number }
export interface TypingNotice { type: 'typing', conversation: string, user: string, on: boolean }
export interface PresenceNotice { type: 'presence', user: string, state: PresenceState, lastSeen?: number }
export interface UserFrame { type: 'user', user: UserSummary }
export interface BlockedFrame { type: 'blocked', users: string[] }
export interface ConversationFrame { type: 'conversation', conversation: ConversationSummary }
export interface RemovedFrame { type: 'removed', conversation: string }
export interface StatusFrame { type: 'status', store: StoreStatus }
export interface GoawayFrame { type: 'goaway', after: number }
export type ErrorCode = 'bad_frame' | 'unknown_type' | 'not_found'
export interface ErrorFrame { type: 'error', code: ErrorCode, message?: string, ref?: Ref }

/** Anything the server sends (PROTOCOL 4–9). */
export type ServerFrame
  = | WelcomeFrame | HeadsFrame | AckFrame | RejectFrame | EventFrame | PageFrame | ReceiptFrame | TypingNotice | PresenceNotice
    | UserFrame | BlockedFrame | ConversationFrame | RemovedFrame | StatusFrame | GoawayFrame | ErrorFrame | { type: 'ping' } | { type: 'pong' }
