import { commonPasswords } from '#parley/shared/common-passwords.ts'
import { foldText } from '#parley/shared/fold.ts'
import { codePointLength, isCleanText, limits } from '#parley/shared/protocol/index.ts'

/** Why a new password is not taken (PROTOCOL 11). Asked by the server, and by forms while somebody types, so that both say the same. */
export type PasswordFault = 'password_weak' | 'password_common'

/** Below it a common word with figures around it is what guessers try right after the common words. */
const decoratedLength = 16

const onlyLetters = (text: string): string => text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')

function isCommon(folded: string): boolean {
  return commonPasswords.has(folded) || (codePointLength(folded) < decoratedLength && commonPasswords.has(onlyLetters(folded)))
}

/** What a password holds beside the user name. */
const without = (folded: string, name: string): string => name === '' ? folded : folded.replaceAll(name, '')

/**
 * Judges a new password: 8 to 256 characters, of more than two different ones, of which enough are not the user name, and none of the
 * common ones, also with figures or signs around it.
 *
 * @returns undefined when it is good
 */
export function passwordFault(password: string, username: string): PasswordFault | undefined {
  const length = codePointLength(password)
  if (length < limits.passwordMin || length > limits.passwordMax || !isCleanText(password)) return 'password_weak'
  const folded = foldText(password)
  const name = foldText(username)
  if (new Set(folded).size <= 2) return 'password_weak'
  if (folded.includes(name) && codePointLength(without(folded, name)) <= limits.passwordMin / 2) return 'password_weak'
  return isCommon(folded) ? 'password_common' : undefined
}

/** Neighbours on keyboards and in the alphabet; running along them adds nearly nothing to a password. */
const rows = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', 'qazwsxedcrfvtgbyhnujmikolp']
const runs = new Set(rows.flatMap(row => [row, [...row].toReversed().join('')]).flatMap(row => [...row].slice(0, -1).map((letter, index) => letter + [...row][index + 1]!)))

/** Characters that a guesser has to find: repeated ones and runs along a row count little. */
function surprises(folded: string): number {
  const letters = [...folded]
  let count = 0
  for (const [index, letter] of letters.entries()) {
    const before = letters[index - 1]
    const expected = before !== undefined && (before === letter || runs.has(before + letter))
    count += expected ? 0.25 : letters.indexOf(letter) === index ? 1 : 0.7
  }
  return count
}

/** Bits that a character of each kind is worth at most. Words of Chinese are chosen of a few thousand. */
const kinds = [[/[a-z]/, 26], [/[A-Z]/, 26], [/\d/, 10], [/[^\p{L}\p{N}]/u, 33], [/[^\0-\u024F]/u, 2_000]] as const

export type PasswordStrength = 'refused' | 'fair' | 'good' | 'strong'

/**
 * How well a new password would stand against guessing, for a hint beside its field. An estimate from length and variety: it cannot know
 * that a sentence is a line of a song, so it never says more than "strong".
 */
export function passwordStrength(password: string, username: string): PasswordStrength {
  if (passwordFault(password, username) !== undefined) return 'refused'
  const pool = kinds.reduce((sum, [pattern, size]) => sum + (pattern.test(password) ? size : 0), 0)
  const bits = surprises(without(foldText(password), foldText(username))) * Math.log2(Math.max(pool, 2))
  return bits < 45 ? 'fair' : bits < 70 ? 'good' : 'strong'
}
