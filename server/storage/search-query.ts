import { isPaired, tokenise, type Token, type TokenisedText } from '#parley/server/storage/tokens.ts'

/** One condition of a search; all of them must hold. */
export interface SearchTerm {
  /** Tokens that follow one another. */
  tokens: string[]
  /** The last of them need only begin so. */
  prefix: boolean
}

/** More words narrow a search no further in practice and cost an index look-up each. */
const maxTerms = 32

function groupRuns({ tokens }: TokenisedText): Token[][] {
  const runs: Token[][] = []
  for (const token of tokens) {
    const run = runs.at(-1)
    const before = run?.at(-1)
    // Pairs of one run overlap by a character; words never do.
    if (run && before && before.last === token.first) run.push(token)
    else runs.push([token])
  }
  return runs
}

/**
 * What a person's query asks for: each word, and each run of Chinese, Japanese or Korean characters as it stands. The last word may be
 * unfinished. Only letters, digits and marks come through, so no query can carry syntax (X28).
 */
export function parseQuery(query: string): SearchTerm[] {
  const runs = groupRuns(tokenise(query)).slice(0, maxTerms)
  return runs.map((run, index) => {
    if (run.length === 1) {
      const { text } = run[0]!
      return { tokens: [text], prefix: isPaired(text) || index === runs.length - 1 }
    }
    // The lone last character of the run is there for searches that end in it; within a longer run no text has it after a pair.
    return { tokens: run.slice(0, -1).map(token => token.text), prefix: false }
  })
}

/** Where a term occurs in a text, as ranges of tokens. */
export function occurrences(term: SearchTerm, tokens: readonly Token[]): { first: number, last: number }[] {
  const found: { first: number, last: number }[] = []
  const { length } = term.tokens
  for (let at = 0; at + length <= tokens.length; at++) {
    const fits = term.tokens.every((wanted, offset) => {
      const text = tokens[at + offset]!.text
      return term.prefix && offset === length - 1 ? text.startsWith(wanted) : text === wanted
    })
    if (fits) found.push({ first: at, last: at + length - 1 })
  }
  return found
}

/** Whether a text fulfils every term; the meaning that every adapter's index must have. */
export const matches = (terms: readonly SearchTerm[], text: string): boolean => {
  const { tokens } = tokenise(text)
  return terms.length > 0 && terms.every(term => occurrences(term, tokens).length > 0)
}
