import * as v from 'valibot'
import type { Hidden } from '#parley/server/chat/people-port.ts'
import { codePointLength, isCleanText, limits } from '#parley/shared/protocol/index.ts'

/** An id in a body. */
export const idField = v.pipe(v.string(), v.minLength(1), v.maxLength(64))

export const memberRoleField = v.picklist(['owner', 'admin', 'member'])

const lineOf = (most: number) => v.pipe(v.string(), v.check(isCleanText), v.check(text => codePointLength(text) <= most))

export const titleField = v.pipe(v.string(), v.trim(), v.minLength(1), lineOf(limits.titleCodePoints))
export const topicField = v.pipe(v.string(), v.trim(), lineOf(limits.topicCodePoints))

/** What somebody says of themselves: an emoji, a text, or both. `until` is ms since 1970. */
export const statusField = v.pipe(
  v.object({
    emoji: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(limits.emojiLength), v.check(isCleanText))),
    text: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1), lineOf(limits.statusCodePoints))),
    until: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  }),
  v.check(({ emoji, text }) => emoji !== undefined || text !== undefined),
  // Absent, not undefined: that is how it is stored and told.
  v.transform(({ emoji, text, until }) => ({ ...(emoji === undefined ? {} : { emoji }), ...(text === undefined ? {} : { text }), ...(until === undefined ? {} : { until }) })),
)

/** What is not shown to others. */
export const hidesField = v.pipe(
  v.object({ reads: v.optional(v.boolean()), presence: v.optional(v.boolean()) }),
  v.transform(({ reads, presence }): Hidden => ({ ...(reads ? { reads } : {}), ...(presence ? { presence } : {}) })),
)

/** A reason or a remark, for people to read. */
export const noteField = v.pipe(v.string(), v.trim(), lineOf(limits.topicCodePoints))

/** A code that people type, of an app or a recovery code. */
export const codeField = v.pipe(v.string(), v.maxLength(64))

/** A password as given, right or wrong. */
export const passwordField = v.pipe(v.string(), v.maxLength(1024))

/** A whole number in a query. */
export const numberInQuery = v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number))
