import type { Content } from '#parley/shared/model.ts'

/** What a search finds a message by: its words, and the name of its file. */
export function searchableText(content: Content | undefined): string {
  if (content === undefined) return ''
  if (!('attachment' in content)) return content.text
  return content.text === undefined ? content.attachment.name : `${content.text}\n${content.attachment.name}`
}
