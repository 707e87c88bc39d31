import { foldText } from '#parley/shared/fold.ts'

export interface Emoji {
  emoji: string
  /** As in Unicode; 2 does not occur. */
  group: number
  name: string
  /** First of its names between colons; may be empty. */
  code: string
  /** Everything that it is found by, comparable, each word after a space or comma. */
  words: string
}

/** The lines of assets/emoji/en.json, with names of another language where one is given. */
function toEmoji(line: string, local: string | undefined): Emoji {
  const [emoji = '', group = '', codes = '', label = '', tags = ''] = line.split('|')
  const [name = label, more = ''] = local?.split('|') ?? []
  return { emoji, group: Number(group), name, code: codes.split(',')[0] ?? '', words: foldText([name, codes, more, label, tags].join(',')) }
}

/** All emoji with names in a language; the English names and codes are always found too. Some 40 KiB a language, so only when wanted. */
export async function loadEmoji(locale: string): Promise<readonly Emoji[]> {
  const [english, local] = await Promise.all([
    import('#parley/assets/emoji/en.json'),
    locale === 'zh-CN' ? import('#parley/assets/emoji/zh-CN.json') : undefined,
  ])
  return english.default.map((line, index) => toEmoji(line, local?.default[index]))
}

/** How well an emoji fits a comparable query: the lower the better, undefined not at all. */
function fit({ words, name, code }: Emoji, query: string): number | undefined {
  const at = words.indexOf(query)
  if (at === -1) return undefined
  const called = foldText(name)
  if (code === query || called === query) return -2
  if (code.startsWith(query) || called.startsWith(query)) return -1
  const whole = words.split(',')
  if (whole.includes(query)) return 0
  if (whole.some(word => word.startsWith(query))) return 1
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(query) || /[ ,_-]/.test(words[at - 1] ?? ',') ? 2 : 3
}

/** Emoji that fit what is typed, best first, at most `most`. */
export function findEmoji(list: readonly Emoji[], query: string, most: number): Emoji[] {
  const wanted = foldText(query.trim())
  if (wanted === '') return list.slice(0, most)
  return list.map(each => ({ each, rank: fit(each, wanted) })).filter(({ rank }) => rank !== undefined).sort((a, b) => a.rank! - b.rank!).slice(0, most).map(({ each }) => each)
}
