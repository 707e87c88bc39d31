import type { ContentMark } from '#parley/shared/http.ts'
import type { Content } from '#parley/shared/model.ts'

const webAddress = /https?:\/\/[^\s]/iu

/** What a message holds beside its words, as `has:` asks for it. */
export function marksOf(content: Content | undefined): ContentMark[] {
  if (content === undefined) return []
  const marks: ContentMark[] = []
  if ('attachment' in content) {
    marks.push('file')
    if (content.type !== 'file') marks.push(content.type)
  }
  if (content.text !== undefined && webAddress.test(content.text)) marks.push('link')
  return marks
}

/** Stands before a mark in the full-text index: not a letter, so that no text can hold such a token. */
const sign = '\uE010'

/** A mark as a token of the full-text index: a search for it then reads only the messages that have it. */
export const markToken = (mark: ContentMark): string => `${sign}${mark}`
