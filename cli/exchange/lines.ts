import * as v from 'valibot'
import { cidPattern } from '#parley/shared/cid.ts'

/**
 * The format of exports, JSON Lines: docs/BACKUP.md describes it. One object a line, each with its `type`; every line stands after
 * those that it speaks of.
 */
export const formatVersion = 1

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(128))
const time = v.pipe(v.number(), v.safeInteger())
const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const role = v.picklist(['owner', 'admin', 'member'])
const place = { seq, cid: v.pipe(v.string(), v.regex(cidPattern)), sender: id, at: time }

/** An entry of the log as PROTOCOL 6 has it; `content` is judged by checkContent. What was deleted has none. */
const eventSchema = v.variant('kind', [
  v.object({ ...place, kind: v.literal('message'), content: v.optional(v.unknown()), replyTo: v.optional(seq) }),
  v.object({ ...place, kind: v.literal('edit'), target: seq, content: v.optional(v.unknown()) }),
  v.object({ ...place, kind: v.literal('delete'), target: seq, reason: v.optional(v.literal('expired')) }),
  v.object({ ...place, kind: v.literal('reaction'), target: seq, emoji: v.string(), on: v.boolean() }),
  v.object({ ...place, kind: v.literal('member'), user: id, change: v.picklist(['join', 'leave', 'role']), role: v.optional(role) }),
  v.object({
    ...place, kind: v.literal('meta'), title: v.optional(v.string()), topic: v.optional(v.string()), avatar: v.optional(v.string()),
    closed: v.optional(v.boolean()), public: v.optional(v.boolean()), pin: v.optional(v.object({ seq, on: v.boolean() })),
  }),
])
export type ExportedEvent = v.InferOutput<typeof eventSchema>

const measure = v.optional(v.number())

export const lineSchema = v.variant('type', [
  v.object({ type: v.literal('parley-export'), version: v.number(), madeAt: time, parley: v.string() }),
  v.object({ type: v.literal('user'), id, username: v.string(), displayName: v.string(), createdAt: time, deleted: v.optional(v.literal(true)) }),
  /** `founders`: who was there before the first event, the owner first. `members`: who is there at the end, with what they have read. */
  v.object({
    type: v.literal('conversation'), id, kind: v.picklist(['direct', 'group', 'channel']), title: v.string(), createdAt: time,
    founders: v.pipe(v.array(id), v.minLength(1)), members: v.array(v.object({ user: id, readSeq: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) })),
  }),
  /** Its bytes follow, in `bytes` lines, until as many as `size` have come. */
  v.object({ type: v.literal('file'), id: v.pipe(id, v.regex(/^[\w-]+$/)), uploader: id, name: v.string(), mime: v.string(), size: v.number(), width: measure, height: measure, at: time }),
  v.object({ type: v.literal('bytes'), base64: v.string() }),
  v.object({ type: v.literal('event'), conversation: id, event: eventSchema }),
])
export type ExportLine = v.InferOutput<typeof lineSchema>
