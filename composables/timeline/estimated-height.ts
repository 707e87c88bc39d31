import { boxHeight } from '#parley/composables/attachments/attachment-box.ts'
import { messageType } from '#parley/composables/defineMessageType.ts'
import type { DisplayItem } from '#parley/composables/timeline/display-items.ts'

const line = 22.5
const separatorHeights = { day: 44, divider: 36, gap: 58 } as const

/** Px that an item probably needs before it was ever in the DOM. Only the scroll bar sees this; the place of the reader does not (U-S1). */
export function estimatedHeight(item: DisplayItem): number {
  if (item.kind === 'notices') return 31
  if (item.kind !== 'message') return separatorHeights[item.kind]
  const content = item.row.content
  const text = content === undefined ? '' : content.type === 'text' || content.type === 'custom' ? content.text : content.text ?? ''
  // Mixed Chinese and English in a bubble of 560 px; a long text is collapsed to 12 lines.
  const media = content !== undefined && 'attachment' in content ? boxHeight(content) : content?.type === 'custom' ? messageType(content.name)?.height ?? 0 : 0
  const lines = Math.min(13, Math.max(media > 0 ? 0 : 1, Math.ceil(text.length / 52)))
  const quote = item.row.replyTo === undefined ? 0 : 50
  const chips = item.row.reactions.length > 0 ? 31 : 0
  const name = item.first && !item.row.mine ? 21 : 0
  return (item.first ? 28 : 19) + media + lines * line + quote + chips + name
}
