import * as v from 'valibot'
import { isCleanText, checkContent } from '#parley/shared/protocol/content.ts'
import { clientFrameSchemas, isPossibleId, opEnvelopeSchema, opTargetSchema, reactFieldsSchema, sendFieldsSchema } from '#parley/shared/protocol/client-frames.ts'
import type { ClientFrame, ControlFrame, Op } from '#parley/shared/protocol/client-frames.ts'
import { limits } from '#parley/shared/protocol/limits.ts'
import { plainSend } from '#parley/shared/protocol/plain-send.ts'
import type { RejectCode } from '#parley/shared/protocol/reject-codes.ts'
import { serverFrameSchemas } from '#parley/shared/protocol/server-frames.ts'
import type { ErrorCode, Ref, ServerFrame } from '#parley/shared/protocol/server-frames.ts'

/** The only place where wire text becomes frames and back. Junk never throws. */

/** One decoded element of a client's message (T3, T6). */
export type Incoming
  = | { kind: 'op', op: Op }
    /** An op that can be answered but not carried out: it gets a `reject`, never `bad_frame` (T6). */
    | { kind: 'refused-op', cid: string, conversation: string, code: RejectCode, message: string }
    | { kind: 'control', frame: ControlFrame }
    | { kind: 'bad', code: ErrorCode, message: string, ref?: Ref }

const bad = (message: string, code: ErrorCode = 'bad_frame', ref?: Ref): Incoming => ({ kind: 'bad', code, message, ...(ref === undefined ? {} : { ref }) })

function readRef(value: object): Ref | undefined {
  const ref = 'ref' in value ? value.ref : undefined
  return (typeof ref === 'string' && ref.length <= 64) || (typeof ref === 'number' && Number.isFinite(ref)) ? ref : undefined
}

function decodeOp(value: object): Incoming {
  const plain = plainSend(value)
  return plain ? { kind: 'op', op: plain } : judgeOp(value)
}

/** Decodes an op by its schemas. */
export function judgeOp(value: object): Incoming {
  const envelope = v.safeParse(opEnvelopeSchema, value)
  if (!envelope.success) return bad('op without a usable cid or conversation')
  const { type, cid, conversation } = envelope.output
  const refused = (code: RejectCode, message: string): Incoming => ({ kind: 'refused-op', cid, conversation, code, message })
  if (!isPossibleId(conversation)) return refused('not_found', 'no such conversation')
  if (type === 'send') {
    const fields = v.safeParse(sendFieldsSchema, value)
    if (!fields.success) return refused('bad_target', 'replyTo is not a seq')
    const verdict = checkContent('content' in value ? value.content : undefined)
    if (!verdict.ok) return refused(verdict.code, verdict.message)
    const { replyTo } = fields.output
    return { kind: 'op', op: { type, cid, conversation, content: verdict.content, ...(replyTo === undefined ? {} : { replyTo }) } }
  }
  const aim = v.safeParse(opTargetSchema, value)
  if (!aim.success) return refused('bad_target', 'target is not a seq')
  const { target } = aim.output
  if (type === 'delete') return { kind: 'op', op: { type, cid, conversation, target } }
  if (type === 'edit') {
    const verdict = checkContent('content' in value ? value.content : undefined)
    return verdict.ok ? { kind: 'op', op: { type, cid, conversation, target, content: verdict.content } } : refused(verdict.code, verdict.message)
  }
  const fields = v.safeParse(reactFieldsSchema, value)
  if (!fields.success || !isCleanText(fields.output.emoji)) return refused('bad_content', 'emoji or on is missing or unfit')
  return { kind: 'op', op: { type, cid, conversation, target, emoji: fields.output.emoji, on: fields.output.on } }
}

function decodeElement(value: unknown): Incoming {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('a frame is a JSON object')
  const type = 'type' in value ? value.type : undefined
  if (typeof type !== 'string') return bad('a frame has a type', 'bad_frame', readRef(value))
  if (type === 'send' || type === 'edit' || type === 'delete' || type === 'react') return decodeOp(value)
  if (!Object.hasOwn(clientFrameSchemas, type)) return bad('unknown frame type', 'unknown_type', readRef(value))
  const parsed = v.safeParse(clientFrameSchemas[type as keyof typeof clientFrameSchemas], value)
  return parsed.success ? { kind: 'control', frame: parsed.output } : bad(`${type} does not fit its schema`, 'bad_frame', readRef(value))
}

function parseJson(text: string): { ok: true, value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) }
  }
  catch {
    return { ok: false }
  }
}

/** Decodes one client message into its frames, in order; one bad frame in an array does not stop the others (T3, T6). */
export function decodeClientMessage(text: string): Incoming[] {
  const json = parseJson(text)
  if (!json.ok) return [bad('not JSON')]
  if (!Array.isArray(json.value)) return [decodeElement(json.value)]
  if (json.value.length === 0 || json.value.length > limits.framesPerMessage) return [bad(`an array holds 1 to ${limits.framesPerMessage} frames`)]
  return json.value.map(decodeElement)
}

/**
 * Decodes one HTTP body as an op (PROTOCOL 11: an op over HTTP); the same judgement as on the wire.
 */
export const decodeOpBody = (value: object): Incoming => decodeOp(value)

/** Decodes one server message; unknown or unfit frames are left out (T5). */
export function decodeServerMessage(text: string): ServerFrame[] {
  const json = parseJson(text)
  if (!json.ok) return []
  const elements: unknown[] = Array.isArray(json.value) ? json.value : [json.value]
  const frames: ServerFrame[] = []
  for (const element of elements) {
    const type = typeof element === 'object' && element !== null && 'type' in element ? element.type : undefined
    if (typeof type !== 'string' || !Object.hasOwn(serverFrameSchemas, type)) continue
    if (v.is(serverFrameSchemas[type as keyof typeof serverFrameSchemas], element)) frames.push(element as ServerFrame)
  }
  return frames
}

/** One frame as wire text. */
export const encodeFrame = (frame: ServerFrame | ClientFrame): string => JSON.stringify(frame)

/**
 * Joins frames that are already wire text into as few messages as the limits allow (T3, T4); each frame is encoded once, whoever
 * gets it.
 *
 * @param maxBytes most UTF-8 bytes of a message; a single frame over it is sent alone
 */
export function joinFrames(encoded: readonly string[], maxBytes: number): string[] {
  const messages: string[] = []
  let batch: string[] = []
  let bytes = 2
  const flush = () => {
    if (batch.length > 0) messages.push(batch.length === 1 ? batch[0]! : `[${batch.join(',')}]`)
    batch = []
    bytes = 2
  }
  for (const text of encoded) {
    const size = utf8Length(text) + 1
    if (batch.length === limits.framesPerMessage || bytes + size > maxBytes) flush()
    batch.push(text)
    bytes += size
  }
  flush()
  return messages
}

/** UTF-8 bytes of a string, without making them. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    if (unit < 0x800) {
      bytes += 1
    }
    else if (unit >= 0xD800 && unit < 0xDC00 && i + 1 < text.length && (text.charCodeAt(i + 1) & 0xFC00) === 0xDC00) {
      bytes += 2
      i++
    }
    else {
      bytes += 2
    }
  }
  return bytes
}
