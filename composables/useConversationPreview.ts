import type { Content } from '#parley/shared/model.ts'
import { withoutSigns } from '#parley/composables/timeline/message-text.ts'
import type { ConversationView, MessageRow } from '#parley/client/types.ts'

/** The second line of a row in the list, by the precedence draft > mention > failed > message (U-C3). */
export type Preview
  = | { kind: 'draft', text: string }
    | { kind: 'mention', row?: MessageRow }
    | { kind: 'failed', row: MessageRow | undefined }
    | { kind: 'message', row: MessageRow }
    | { kind: 'empty' }

/** @param isCurrent the draft of the open conversation stands in its composer already and would flicker here with every key */
export function previewOf(view: ConversationView, isCurrent: boolean): Preview {
  const draft = [view.draft?.trim() ?? '', ...view.draftFiles ?? []].find(text => text !== '')
  if (draft !== undefined && !isCurrent) return { kind: 'draft', text: oneLine(draft) }
  if (view.mentions > 0) return { kind: 'mention', row: view.last }
  if (view.failed) return { kind: 'failed', row: view.last }
  return view.last === undefined ? { kind: 'empty' } : { kind: 'message', row: view.last }
}

/** A message in one line: its text, else the key of the word for what it is. */
export type ContentLine = { text: string } | { key: 'photo' | 'video' | 'audio' | 'file' | 'deleted' }

export function contentLine(content: Content | undefined): ContentLine {
  if (content === undefined) return { key: 'deleted' }
  if (content.type === 'custom' && content.text.trim() === '') return { text: `[${content.name}]` }
  if (content.type === 'text' || content.type === 'custom') return { text: withoutSigns(oneLine(content.text)) }
  if (content.text !== undefined && content.text !== '') return { text: withoutSigns(oneLine(content.text)) }
  if (content.type === 'file') return { text: content.attachment.name }
  return { key: content.type === 'image' ? 'photo' : content.type }
}

/** More than fits in any row would only cost layout time. */
const longest = 160

function oneLine(text: string): string {
  return text.slice(0, longest * 2).replace(/\s+/gu, ' ').trim().slice(0, longest)
}
