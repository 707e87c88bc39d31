import * as v from 'valibot'
import { codePointLength, isCleanText, limits } from '#parley/shared/protocol/index.ts'

/** An id in a body. */
export const idField = v.pipe(v.string(), v.minLength(1), v.maxLength(64))

export const memberRoleField = v.picklist(['owner', 'admin', 'member'])

const lineOf = (most: number) => v.pipe(v.string(), v.check(isCleanText), v.check(text => codePointLength(text) <= most))

export const titleField = v.pipe(v.string(), v.trim(), v.minLength(1), lineOf(limits.titleCodePoints))
export const topicField = v.pipe(v.string(), v.trim(), lineOf(limits.topicCodePoints))

/** A whole number in a query. */
export const numberInQuery = v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number))
