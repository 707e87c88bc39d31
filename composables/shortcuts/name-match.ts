import { spelledAt } from '#parley/composables/shortcuts/pinyin.ts'
import { foldText } from '#parley/shared/fold.ts'

/** Something that is found by its names; the first is the one that is shown. */
export interface Named { names: readonly string[] }

/** What fits at the start of a name goes before what fits at the start of a word, within one, by reading, or letter by letter. */
const ranks = { start: 0, word: 1, within: 2, read: 3, letters: 4 } as const

const wordBreak = /[\s\p{P}\p{S}]/u

/** Whether all letters come in this order, with others between. Returns how far they lie apart. */
function scattered(name: string, typed: string): number | undefined {
  let from = -1
  let first = -1
  for (const letter of typed) {
    from = name.indexOf(letter, from + 1)
    if (from === -1) return undefined
    if (first === -1) first = from
  }
  return from - first + 1 - typed.length
}

/** How well a name fits; lower is better, undefined not at all. @param typed folded */
function fit(name: string, typed: string): number | undefined {
  const folded = foldText(name)
  const at = folded.indexOf(typed)
  if (at === 0) return ranks.start
  if (at > 0) return wordBreak.test(folded[at - 1] ?? '') ? ranks.word : ranks.within
  if (/^[a-z]+$/.test(typed)) {
    const spelled = spelledAt(folded, typed)
    if (spelled !== undefined) return ranks.read + (spelled === 0 ? 0 : 0.5)
  }
  // One or two letters are somewhere in every name.
  const apart = typed.length < 3 ? undefined : scattered(folded, typed)
  return apart === undefined || apart > typed.length * 2 ? undefined : ranks.letters + apart / 100
}

/** How well something fits, each word that was typed counted on its own; undefined when a word fits none of its names. */
function fitAll({ names }: Named, words: readonly string[]): number | undefined {
  let sum = 0
  for (const word of words) {
    const fits = names.map((name, index) => ({ rank: fit(name, word), index })).flatMap(({ rank, index }) => rank === undefined ? [] : [rank + (index === 0 ? 0 : 0.25)])
    if (fits.length === 0) return undefined
    sum += Math.min(...fits)
  }
  return sum
}

/** Those whose names fit what was typed, the best first; equally good ones, and all when nothing was typed, in the order given. */
export function matchNames<T extends Named>(candidates: readonly T[], typed: string): T[] {
  const words = foldText(typed).split(/\s+/u).filter(word => word !== '')
  return candidates.flatMap((candidate) => {
    const rank = fitAll(candidate, words)
    return rank === undefined ? [] : [{ candidate, rank }]
  }).sort((a, b) => a.rank - b.rank).map(({ candidate }) => candidate)
}
