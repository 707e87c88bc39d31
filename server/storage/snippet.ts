import { occurrences, type SearchTerm } from '#parley/server/storage/search-query.ts'
import { tokenise, type TokenisedText } from '#parley/server/storage/tokens.ts'

/** UTF-16 units of a snippet, without marks. */
const snippetLength = 160
/** Kept before the first match, for context. */
const leadLength = 40

const markStart = '\uE000'
const markEnd = '\uE001'
const marks = /[\uE000\uE001]/gu

interface Range { start: number, end: number }

/** The end of the part of a token that a prefix covers; the whole token when it is complete. */
function prefixEnd({ units }: TokenisedText, first: number, last: number, length: number): number {
  let covered = 0
  for (let at = first; at <= last; at++) {
    covered += units[at]!.folded.length
    if (covered >= length) return units[at]!.end
  }
  return units[last]!.end
}

function matchedRanges(text: TokenisedText, terms: readonly SearchTerm[]): Range[] {
  const ranges: Range[] = []
  for (const term of terms) {
    for (const { first, last } of occurrences(term, text.tokens)) {
      const from = text.tokens[first]!
      const to = text.tokens[last]!
      ranges.push({ start: text.units[from.first]!.start, end: prefixEnd(text, to.first, to.last, term.tokens.at(-1)!.length) })
    }
  }
  return mergeRanges(ranges)
}

function mergeRanges(ranges: Range[]): Range[] {
  const merged: Range[] = []
  for (const range of ranges.toSorted((left, right) => left.start - right.start)) {
    const before = merged.at(-1)
    if (before && range.start <= before.end) before.end = Math.max(before.end, range.end)
    else merged.push({ ...range })
  }
  return merged
}

/** The nearest place at or before `at` that does not split a character. */
const charStart = (text: string, at: number): number => (at > 0 && at < text.length && (text.charCodeAt(at) & 0xFC00) === 0xDC00 ? at - 1 : at)

/** The lines that open and close a code block say nothing here. */
const fences = /^[ \t>]*(?:`{3,}|~{3,})[^`\n]*$\n?/gmu

/** A part of a text around its first match, the matches marked (SearchHit.snippet). Plain text: the marks cannot be forged. */
export function makeSnippet(message: string, terms: readonly SearchTerm[]): string {
  const bare = message.replace(fences, '')
  const text = bare.trim() === '' ? message : bare
  const ranges = matchedRanges(tokenise(text), terms)
  const from = charStart(text, Math.max(0, (ranges[0]?.start ?? 0) - leadLength))
  const to = charStart(text, Math.min(text.length, Math.max(from + snippetLength, ranges[0]?.end ?? 0)))
  let snippet = from > 0 ? '…' : ''
  let at = from
  for (const range of ranges) {
    if (range.start >= to) break
    const end = Math.min(range.end, to)
    snippet += text.slice(at, range.start).replace(marks, '') + markStart + text.slice(range.start, end).replace(marks, '') + markEnd
    at = end
  }
  return snippet + text.slice(at, to).replace(marks, '') + (to < text.length ? '…' : '')
}
