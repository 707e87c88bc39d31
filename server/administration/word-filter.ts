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

const fold = (text: string): string => foldText(text).replace(invisible, '')

/** No pattern of an admin reaches the engine as such: every sign is itself, so nothing can be slow or match everything. */
const literal = (word: string): string => word.replace(/[\\^$.*+?()[\]{}|/\-&~!#%,:;<=>@`]/gu, sign => `\\u{${sign.codePointAt(0)!.toString(16)}}`).replace(/\s+/gu, '\\s+')

/** Stands alone at an end that is a letter of a spaced script, unless a `*` there says otherwise. */
function patternOf(word: string): string | undefined {
  const [startsOpen, endsOpen] = [word.startsWith('*'), word.endsWith('*')]
  const signs = Array.from(fold(word.replace(/^\*+|\*+$/gu, '').trim()))
  if (signs.length === 0) return undefined
  const before = !startsOpen && isSpacedLetter.test(signs[0]!) ? `(?<!${wordClass})` : ''
  const after = !endsOpen && isSpacedLetter.test(signs.at(-1)!) ? `(?!${wordClass})` : ''
  return before + literal(signs.join('')) + after
}

/** A text as it is compared, and where each of its signs stands in what was written. */
function mapped(text: string, segmenter: Intl.Segmenter): { folded: string, starts: number[], ends: number[] } {
  let folded = ''
  const starts: number[] = []
  const ends: number[] = []
  for (const { segment, index } of segmenter.segment(text)) {
    const part = fold(segment)
    for (let n = 0; n < part.length; n++) {
      starts.push(index)
      ends.push(index + segment.length)
    }
    folded += part
  }
  return { folded, starts, ends }
}

/** Puts a `*` for every sign of each place. */
function star(text: string, pattern: RegExp, segmenter: Intl.Segmenter): string {
  const { folded, starts, ends } = mapped(text, segmenter)
  let shown = ''
  let done = 0
  for (const match of folded.matchAll(pattern)) {
    const [from, to] = [starts[match.index] ?? done, ends[match.index + match[0].length - 1] ?? done]
    if (to <= done) continue
    const start = Math.max(from, done)
    shown += text.slice(done, start) + '*'.repeat([...segmenter.segment(text.slice(start, to))].length)
    done = to
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
  const patterns = [...new Set(words.map(patternOf))].filter(pattern => pattern !== undefined)
  if (patterns.length === 0) return undefined
  // Longer ones first: of two that begin alike the whole word is masked.
  const source = patterns.toSorted((left, right) => right.length - left.length).join('|')
  const found = new RegExp(source, 'v')
  const every = new RegExp(source, 'gv')
  const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })
  const holds = (text: string | undefined): boolean => text !== undefined && found.test(fold(text))

  return ({ content }) => {
    if ('attachment' in content && holds(content.attachment.name)) return refusal
    if (!holds(content.text)) return undefined
    if (action === 'refuse') return refusal
    const keep: Content = { ...content, text: star(content.text!, every, segmenter) }
    // Letters that only fold together as a whole were not found one by one.
    return holds(keep.text) ? refusal : { keep }
  }
}
