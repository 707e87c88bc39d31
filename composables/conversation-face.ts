import type { ConversationView } from '#parley/client/types.ts'
import { otherOf } from '#parley/composables/useConversationLabel.ts'

/** By whose colour and picture a conversation is known: the other person's, one's own for notes to self, or that of the group. */
export function conversationFace(view: ConversationView, me: string | undefined): { id: string, square: boolean, glyph: string | undefined } {
  if (view.kind !== 'direct') return { id: view.id, square: true, glyph: undefined }
  const other = otherOf(view, me)
  return { id: other?.id ?? me ?? view.id, square: false, glyph: other === undefined ? '✎' : undefined }
}
