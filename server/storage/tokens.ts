import { foldText } from '#parley/shared/fold.ts'

/**
 * Words of a text, for search. Latin and other spaced scripts give one token a word. Chinese, Japanese and Korean give overlapping
 * pairs of characters, since their words are not spaced, and the last character of a run alone: so any part of a run is found as a
 * phrase of pairs, and a single character as the beginning of a pair.
 */

/** One piece of a text that is folded as a whole: a character with its combining marks. */
interface Unit {
  folded: string
  /** Range in the original text, UTF-16. */
  start: number
  end: number
}

export interface Token {
  text: string
  /** Range in the text's units. */
  first: number
  last: number
}

export interface TokenisedText {
  tokens: Token[]
  units: Unit[]
}

/** Raised when the same content gives other tokens than before: an index made by an older version is then built anew. */
export const tokeniserVersion = 2

/** Longer words are found by their beginning; an index entry per pasted blob would cost more than it finds. */
const maxTokenLength = 64

/** Marks join their base; so do the vowels and finals of decomposed Hangul (file names from macOS) and half-width Kana voice marks. */
const clusters = /[^\p{M}\u1160-\u11FF\uFF9E\uFF9F][\p{M}\u1160-\u11FF\uFF9E\uFF9F]*|[\p{M}\u1160-\u11FF\uFF9E\uFF9F]+/gsu
const wordUnit = /^[\p{L}\p{N}\p{M}]/u
const pairedUnit = /^[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}]/u

function splitUnits(text: string): Unit[] {
  const units: Unit[] = []
  for (const match of text.matchAll(clusters)) {
    const end = match.index + match[0].length
    // One sign may fold to several ("㎏" to "kg", "ß" to "ss"): all of them stand for the same range.
    for (const folded of foldText(match[0]).match(clusters) ?? []) units.push({ folded, start: match.index, end })
  }
  return units
}

type UnitKind = 'gap' | 'word' | 'paired'

/** Whether a token is of a script that is indexed in pairs of characters. */
export const isPaired = (token: string): boolean => pairedUnit.test(token)

function kindOf(unit: Unit): UnitKind {
  if (!wordUnit.test(unit.folded)) return 'gap'
  return isPaired(unit.folded) ? 'paired' : 'word'
}

function pushRun(tokens: Token[], units: readonly Unit[], kind: UnitKind, first: number, last: number): void {
  if (kind === 'word') {
    const text = units.slice(first, last + 1).map(unit => unit.folded).join('')
    tokens.push({ text: [...text].slice(0, maxTokenLength).join(''), first, last })
  }
  if (kind !== 'paired') return
  for (let at = first; at < last; at++) tokens.push({ text: units[at]!.folded + units[at + 1]!.folded, first: at, last: at + 1 })
  tokens.push({ text: units[last]!.folded, first: last, last })
}

export function tokenise(text: string): TokenisedText {
  const units = splitUnits(text)
  const tokens: Token[] = []
  let first = 0
  for (let at = 0; at < units.length; at++) {
    const kind = kindOf(units[at]!)
    const next = units[at + 1]
    if (next && kindOf(next) === kind) continue
    pushRun(tokens, units, kind, first, at)
    first = at + 1
  }
  return { tokens, units }
}

/** Every UTF-16 unit of an ASCII text stands alone, so its words need no units: several times faster, for the most common texts. */
const asciiText = /^[\0-\x7F]*$/
const asciiWords = (text: string): string[] => (text.toLowerCase().match(/[0-9a-z]+/g) ?? []).map(word => word.slice(0, maxTokenLength))

/** The tokens of a text, joined by spaces: what the index takes. Empty when the text has no word. */
export const tokenText = (text: string): string =>
  (asciiText.test(text) ? asciiWords(text) : tokenise(text).tokens.map(token => token.text)).join(' ')
