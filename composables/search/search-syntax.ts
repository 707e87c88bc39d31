import type { ContentMark } from '#parley/shared/http.ts'
import { foldText } from '#parley/shared/fold.ts'

/** What a person searches for: words, and what narrows them. */
export interface SearchWish {
  words: string
  /** A username. */
  from?: string
  /** A part of a conversation's name. */
  in?: string
  /** Ms since 1970: from the beginning of the day of `after:`, and until the beginning of that of `before:`. */
  after?: number
  before?: number
  /** What the messages hold. */
  has?: ContentMark[]
  /** Parts that look like a filter and cannot be read as one, as typed. */
  unread: string[]
}

const names = { from: ['from', '来自', '发送者'], in: ['in', '会话', '在'], after: ['after', 'since', '晚于'], before: ['before', 'until', '早于'], has: ['has', '包含', '含有', '含'] } as const

const marks: Readonly<Record<ContentMark, readonly string[]>> = {
  file: ['file', 'files', 'attachment', '文件', '附件'], image: ['image', 'images', 'picture', 'photo', '图片', '照片'], video: ['video', 'videos', '视频'], audio: ['audio', 'voice', '音频', '语音'], link: ['link', 'links', 'url', '链接', '网址'],
}
const markNames = Object.keys(marks) as ContentMark[]
export type FilterName = keyof typeof names

const filterNames = Object.keys(names) as FilterName[]
/** `name:value`, with quotes where the value has spaces; a Chinese input method types a full-width colon. */
const filter = /(?<!\S)([\p{L}]{2,6}|在|含)[:：](?:"([^"]*)"|(\S*))/gu

/** The beginning of a day here, from `2026-01-31`, `2026/1/31` or `2026.1.31`. */
function dayStart(text: string): number | undefined {
  const [, year, month, day] = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(text)?.map(Number) ?? []
  if (year === undefined || month === undefined || day === undefined) return undefined
  const date = new Date(year, month - 1, day)
  return date.getMonth() === month - 1 && date.getDate() === day ? date.getTime() : undefined
}

function take(wish: SearchWish, name: FilterName, value: string): boolean {
  if (name === 'from' || name === 'in') {
    const text = name === 'from' ? value.replace(/^[@＠]/u, '') : value
    if (text !== '') wish[name] = text
    return true // while it is being typed it narrows nothing
  }
  if (name === 'has') {
    const mark = markNames.find(each => marks[each].includes(foldText(value)))
    if (mark !== undefined) wish.has = [...new Set([...wish.has ?? [], mark])]
    return mark !== undefined || value === ''
  }
  const start = dayStart(value)
  if (start !== undefined) wish[name] = start
  return start !== undefined
}

/** Reads a line of search: `from:lin in:"launch room" after:2026-01-31 poster`. */
export function parseSearch(line: string): SearchWish {
  const wish: SearchWish = { words: '', unread: [] }
  wish.words = line.replace(filter, (whole: string, written: string, quoted: string | undefined, bare: string | undefined) => {
    const name = filterNames.find(each => names[each].some(word => word === foldText(written)))
    if (name === undefined) return whole
    if (!take(wish, name, quoted ?? bare ?? '')) wish.unread.push(whole)
    return ''
  }).replace(/\s+/g, ' ').trim()
  return wish
}

/** The one with the name that is meant, or nothing: the same, then beginning so, then holding it. */
export function namedLike<T>(all: readonly T[], name: string, nameOf: (each: T) => string): T | undefined {
  const wanted = foldText(name)
  const called = all.map(each => ({ each, name: foldText(nameOf(each)) }))
  return (called.find(each => each.name === wanted) ?? called.find(each => each.name.startsWith(wanted)) ?? called.find(each => each.name.includes(wanted)))?.each
}

/** A snippet as parts; those that matched stand between U+E000 and U+E001 (PROTOCOL 11). */
export function snippetParts(snippet: string): { text: string, hit: boolean }[] {
  return snippet.split(/[\uE000\uE001]/u).map((text, index) => ({ text, hit: index % 2 === 1 })).filter(part => part.text !== '')
}
