import * as v from 'valibot'
import type { Content } from '#parley/shared/model.ts'
import { cidPattern } from '#parley/shared/cid.ts'
import { limits } from '#parley/shared/protocol/limits.ts'

/** Frames that a client sends (PROTOCOL 5, 7, 8, 9). Schemas check shape; `content` and ops are judged in codec.ts, since an op is never a bad frame (T6). */

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(64))
const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const target = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const cid = v.pipe(v.string(), v.regex(cidPattern))

/**
 * What makes an op answerable: with these readable it is acknowledged or rejected, whatever the rest looks like (T6). Any string counts
 * as a conversation here: one that cannot exist is rejected as not_found, since a bad_frame would leave the op in its outbox for ever.
 */
export const opEnvelopeSchema = v.object({ type: v.picklist(['send', 'edit', 'delete', 'react']), cid, conversation: v.string() })

/** Whether an id could be one of ours; ids are opaque otherwise (S9). */
export const isPossibleId = (value: string): boolean => v.is(id, value)

export const opTargetSchema = v.object({ target })
export const sendFieldsSchema = v.object({ replyTo: v.optional(target) })
export const reactFieldsSchema = v.object({
  target,
  emoji: v.pipe(v.string(), v.minLength(1), v.maxLength(limits.emojiLength)),
  on: v.boolean(),
})

export const clientFrameSchemas = {
  sync: v.object({
    type: v.literal('sync'),
    /** Finite: `1e999` parses to Infinity, which would come back as null. */
    ref: v.union([v.pipe(v.string(), v.maxLength(64)), v.pipe(v.number(), v.finite())]),
    conversation: id,
    after: seq,
    tip: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(64)))),
    limit: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
    whole: v.optional(v.boolean()),
  }),
  read: v.object({ type: v.literal('read'), conversation: id, seq }),
  delivered: v.object({ type: v.literal('delivered'), conversation: id, seq }),
  typing: v.object({ type: v.literal('typing'), conversation: id, on: v.boolean() }),
  presence: v.object({ type: v.literal('presence'), state: v.picklist(['active', 'idle']) }),
  ping: v.object({ type: v.literal('ping') }),
  pong: v.object({ type: v.literal('pong') }),
} as const

interface OpBase {
  /** UUIDv7 made once when the user acts; the op's identity for ever (S3). */
  cid: string
  conversation: string
}
export interface SendOp extends OpBase { type: 'send', content: Content, replyTo?: number }
export interface EditOp extends OpBase { type: 'edit', target: number, content: Content }
export interface DeleteOp extends OpBase { type: 'delete', target: number }
export interface ReactOp extends OpBase { type: 'react', target: number, emoji: string, on: boolean }

/** A client's request for a durable change (PROTOCOL 5). */
export type Op = SendOp | EditOp | DeleteOp | ReactOp

export type SyncFrame = v.InferOutput<typeof clientFrameSchemas.sync>
export type ReadFrame = v.InferOutput<typeof clientFrameSchemas.read>
export type DeliveredFrame = v.InferOutput<typeof clientFrameSchemas.delivered>
export type TypingFrame = v.InferOutput<typeof clientFrameSchemas.typing>
export type PresenceFrame = v.InferOutput<typeof clientFrameSchemas.presence>
export type ControlFrame = SyncFrame | ReadFrame | DeliveredFrame | TypingFrame | PresenceFrame | { type: 'ping' } | { type: 'pong' }
export type ClientFrame = Op | ControlFrame
