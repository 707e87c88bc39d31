import { foldText } from '#parley/shared/fold.ts'
import { codePointLength, isCleanText, limits } from '#parley/shared/protocol/index.ts'

/** Letters and digits of any script with the marks that many scripts write vowels with, and three separators (PROTOCOL 11). */
const shape = /^[\p{L}\p{M}\p{N}._-]+$/u
const letterOrDigit = /[\p{L}\p{N}]/u

/** Names that mean something else in a text: `@all` addresses everybody (S9). */
const reserved: ReadonlySet<string> = new Set(['all'])

/**
 * Whether a new user may have this name. The key is judged too: some letters unfold under NFKC into several characters, spaces
 * among them.
 */
export function isUsername(username: string): boolean {
  const length = codePointLength(username)
  const key = foldText(username)
  return length >= limits.usernameMin && length <= limits.usernameMax
    && shape.test(username) && shape.test(key) && letterOrDigit.test(username)
    && codePointLength(key) >= limits.usernameMin && !reserved.has(key)
}

/** The name to show, or undefined when it is unfit: empty, too long, or with control characters in it. */
export function cleanDisplayName(name: string): string | undefined {
  const trimmed = name.trim()
  const length = codePointLength(trimmed)
  return length >= 1 && length <= limits.displayNameMax && isCleanText(trimmed) && !/\p{Cc}/u.test(trimmed) ? trimmed : undefined
}

/** What of a text can be a user name: for names that come from elsewhere. May be none still: see {@link isUsername}. */
export function usernameLike(text: string): string {
  const letters = text.normalize('NFKC').trim().replace(/@.*$/u, '').replace(/\s+/gu, '.').replace(/[^\p{L}\p{M}\p{N}._-]/gu, '')
  return Array.from(letters).slice(0, limits.usernameMax).join('')
}
