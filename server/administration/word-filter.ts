import type { WordFilter } from '#parley/shared/administration.ts'
import { foldText } from '#parley/shared/fold.ts'
import type { Content } from '#parley/shared/model.ts'
import type { BeforeMessage } from '#parley/server/chat/policies-port.ts'

/** Scripts without spaces between words: there a word is wherever its letters are. */
const unspaced = ['Han', 'Hiragana', 'Katakana', 'Hangul', 'Bopomofo', 'Thai', 'Lao', 'Khmer', 'Myanmar']
const unspacedClass = `[${unspaced.map(script => `\\p{Script=${script}}`).join('')}]`
const wordClass = `[[\\p{L}\\p{N}\\p{M}]--${unspacedClass}]`
const isSpacedLetter = new RegExp(`^${wordClass}$`, 'v')

/** Characters without a shape, with which a word could be torn apart unseen. */
const invisible = /\p{Default_Ignorable_Code_Point}/gu

/** A text as it is compared: any white space is one space. */
const fold = (text: string): string => foldText(text).replace(invisible, '').replace(/\s+/gu, ' ')

/** Words by their signs: walking it from a place of a text costs at most the longest word, however many there are. */
interface Branch {
  next: Map<string, Branch>
  /** Words that end here, and whether they must stand alone at their two ends. */
  words: { startsAlone: boolean, endsAlone: boolean }[]
}

const newBranch = (): Branch => ({ next: new Map(), words: [] })

/** Every sign is itself, so no word can be slow or match everything; only a `*` at an end says that the word may go on there. */
function addWord(root: Branch, word: string): void {
  const signs = Array.from(fold(word.replace(/^\*+|\*+$/gu, '')).trim())
  if (signs.length === 0) return
  let branch = root
  for (const sign of signs) {
    let next = branch.next.get(sign)
    if (!next) branch.next.set(sign, next = newBranch())
    branch = next
  }
  branch.words.push({
    startsAlone: !word.startsWith('*') && isSpacedLetter.test(signs[0]!),
    endsAlone: !word.endsWith('*') && isSpacedLetter.test(signs.at(-1)!),
  })
}

/** @returns where the longest word that begins at a place ends, exclusive; undefined: none does */
function wordEnd(root: Branch, signs: readonly string[], from: number): number | undefined {
  const isLetter = (at: number): boolean => at >= 0 && at < signs.length && isSpacedLetter.test(signs[at]!)
  let end: number | undefined
  let branch: Branch | undefined = root
  for (let at = from; at < signs.length; at++) {
    branch = branch.next.get(signs[at]!)
    if (!branch) break
    const counts = branch.words.some(({ startsAlone, endsAlone }) => !(startsAlone && isLetter(from - 1)) && !(endsAlone && isLetter(at + 1)))
    if (counts) end = at + 1
  }
  return end
}

function holds(root: Branch, text: string | undefined): boolean {
  const signs = text === undefined ? [] : Array.from(fold(text))
  return signs.some((_, at) => wordEnd(root, signs, at) !== undefined)
}

/** The signs of a text as they are compared, and where each of them stands in what was written. */
function mapped(text: string, segmenter: Intl.Segmenter): { sign: string, from: number, to: number }[] {
  const signs: { sign: string, from: number, to: number }[] = []
  for (const { segment, index } of segmenter.segment(text)) {
    for (const sign of fold(segment)) {
      const last = signs.at(-1)
      if (sign === ' ' && last?.sign === ' ') last.to = index + segment.length
      else signs.push({ sign, from: index, to: index + segment.length })
    }
  }
  return signs
}

/** Where a word may go on, all of it is meant: half of it would still say what it was. */
function wholeWord(signs: readonly string[], from: number, to: number): [number, number] {
  let [start, end] = [from, to]
  while (start > 0 && isSpacedLetter.test(signs[start]!) && isSpacedLetter.test(signs[start - 1]!)) start--
  while (end < signs.length && isSpacedLetter.test(signs[end - 1]!) && isSpacedLetter.test(signs[end]!)) end++
  return [start, end]
}

/** Puts a `*` for every sign that can be seen of each word. */
function star(text: string, root: Branch, segmenter: Intl.Segmenter): string {
  const places = mapped(text, segmenter)
  const signs = places.map(({ sign }) => sign)
  let shown = ''
  let done = 0
  for (let at = 0; at < signs.length;) {
    const found = wordEnd(root, signs, at)
    const [start, end] = found === undefined ? [at, undefined] : wholeWord(signs, at, found)
    const [from, to] = [Math.max(places[start]!.from, done), end === undefined ? 0 : places[end - 1]!.to]
    if (end !== undefined && to > done) {
      const seen = [...segmenter.segment(text.slice(from, to))].filter(({ segment }) => fold(segment) !== '').length
      shown += text.slice(done, from) + '*'.repeat(seen)
      done = to
    }
    at = end ?? at + 1
  }
  return shown + text.slice(done)
}

const refusal = { refuse: { code: 'filtered', message: 'the text holds a word that this server does not take' } } as const

/**
 * Looks for the words of a filter in every text that people see: of a message, of a caption, of what stands for an unknown content, and in
 * the name of a file, which is refused also where words are masked: it belongs to the file.
 *
 * @returns undefined when there are no words: then nothing is asked of any message
 */
export function createWordFilter({ words, action }: WordFilter): BeforeMessage | undefined {
  const root = newBranch()
  for (const word of words) addWord(root, word.trim())
  if (root.next.size === 0) return undefined
  const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })

  return ({ content }) => {
    if ('attachment' in content && holds(root, content.attachment.name)) return refusal
    if (!holds(root, content.text)) return undefined
    if (action === 'refuse') return refusal
    const keep: Content = { ...content, text: star(content.text!, root, segmenter) }
    // Letters that only fold together as a whole were not found one by one.
    return holds(root, keep.text) ? refusal : { keep }
  }
}
