import * as v from 'valibot'
import { idField } from '#parley/server/utils/field-schemas.ts'
import { cidPattern } from '#parley/shared/cid.ts'
import { codePointLength, isCleanText, limits } from '#parley/shared/protocol/index.ts'

const nameField = v.pipe(v.string(), v.trim(), v.minLength(1), v.check(isCleanText), v.check(name => codePointLength(name) <= limits.displayNameMax))
const emojiField = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(limits.emojiLength), v.check(isCleanText))

/** Of a new webhook. */
export const hookFields = { name: nameField, avatar: v.optional(idField) }

/**
 * What is posted by one. `username` is what others call `name`: programs that post to them need no other body. What they send beside
 * that is ignored. The text is judged as content is.
 */
export const hookPostFields = v.object({
  text: v.string(),
  name: v.optional(nameField),
  username: v.optional(nameField),
  emoji: v.optional(emojiField),
  cid: v.optional(v.pipe(v.string(), v.regex(cidPattern))),
})
