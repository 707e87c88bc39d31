import * as v from 'valibot'
import type { Content, JsonValue } from '#parley/shared/model.ts'
import { limits } from '#parley/shared/protocol/limits.ts'
import type { RejectCode } from '#parley/shared/protocol/reject-codes.ts'

/** A lone surrogate has no UTF-8 form and NUL ends strings in C: both corrupt what others store (S9). */
export const isCleanText = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

/** Code points, as people count characters; UTF-16 units would charge an emoji twice. */
export function codePointLength(text: string): number {
  let count = text.length
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0xD800 && unit < 0xDC00) {
      const next = text.charCodeAt(i + 1)
      if (next >= 0xDC00 && next < 0xE000) {
        count--
        i++
      }
    }
  }
  return count
}

/** `1e999` parses to Infinity, which JSON writes as null: accepted, it would be stored as something else than was sent (S9). */
const measure = v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)))

const attachment = v.object({
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  name: v.pipe(v.string(), v.maxLength(255)),
  mime: v.pipe(v.string(), v.maxLength(127)),
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  width: measure,
  height: measure,
  duration: measure,
})

/** Shape of `content`; what it may hold beside is judged by checkContent. */
export const contentSchema = v.variant('type', [
  v.object({ type: v.literal('text'), text: v.string() }),
  v.object({ type: v.picklist(['image', 'file', 'audio', 'video']), attachment, text: v.optional(v.string()), alt: v.optional(v.string()) }),
  v.object({ type: v.literal('custom'), name: v.pipe(v.string(), v.minLength(1), v.maxLength(64)), data: v.unknown(), text: v.string() }),
])

export type ContentVerdict = { ok: true, content: Content } | { ok: false, code: RejectCode, message: string }

const refuse = (code: RejectCode, message: string): ContentVerdict => ({ ok: false, code, message })

/** Depth of a JSON value, scalars 0; stops counting past `limit`, so that a hostile depth costs no stack. */
export function jsonDepth(value: unknown, limit: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (limit <= 0) return 1
  let deepest = 0
  for (const child of Object.values(value)) deepest = Math.max(deepest, jsonDepth(child, limit - 1))
  return deepest + 1
}

/** Whether a value holds something that JSON or UTF-8 would change: a lone surrogate, NUL, a number beyond the doubles. */
function unfaithful(value: unknown): boolean {
  if (typeof value === 'string') return !isCleanText(value)
  if (typeof value === 'number') return !Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, child]) => !isCleanText(key) || unfaithful(child))
}

/**
 * Judges the `content` of a `send` or `edit` (PROTOCOL 5, S9). Accepted content is stored as sent, never rewritten; only unknown
 * fields are left out.
 */
export function checkContent(input: unknown): ContentVerdict {
  const type = typeof input === 'object' && input !== null && 'type' in input ? input.type : undefined
  if (typeof type === 'string' && !['text', 'image', 'file', 'audio', 'video', 'custom'].includes(type)) {
    return refuse('unsupported', 'this server does not know that content type')
  }
  const parsed = v.safeParse(contentSchema, input)
  if (!parsed.success) return refuse('bad_content', 'content does not fit its type')
  const content = parsed.output
  if (content.type === 'custom') {
    if (jsonDepth(content.data, limits.jsonDepth) > limits.jsonDepth) return refuse('bad_content', 'custom data is nested too deeply')
    if (new TextEncoder().encode(JSON.stringify(content.data ?? null)).byteLength > limits.customDataBytes) return refuse('too_long', 'custom data is too large')
  }
  if (unfaithful(content)) return refuse('bad_content', 'content holds a lone surrogate, NUL or a number out of range')
  const text = content.text
  if (text !== undefined && codePointLength(text) > limits.textCodePoints) return refuse('too_long', 'text is too long')
  if ('alt' in content && content.alt !== undefined && codePointLength(content.alt) > limits.altCodePoints) return refuse('too_long', 'alt is too long')
  if (content.type === 'text' && content.text.trim() === '') return refuse('empty', 'text is empty')
  return { ok: true, content: content.type === 'custom' ? { ...content, data: (content.data ?? null) as JsonValue } : content }
}
