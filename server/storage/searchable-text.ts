import type { Content } from '#parley/shared/model.ts'

/** What a search finds a message by: its words, what its file shows, and the name of that. */
export function searchableText(content: Content | undefined): string {
  if (content === undefined) return ''
  if (!('attachment' in content)) return content.text
  return [content.text, content.alt, content.attachment.name].filter(part => part !== undefined).join('\n')
}
