import type { ConversationKind } from '#parley/shared/model.ts'
import type { ContentLine } from '#parley/composables/useConversationPreview.ts'

/** What a notification says. The service worker says the same of a push. */
export interface NotificationWords { title: string, body: string }

export interface NotificationTexts {
  /** In place of the message, when texts are hidden. */
  hidden: string
  /** "5 new messages". */
  many: (count: number) => string
  /** Of a message without words of its own. */
  content: (key: 'photo' | 'video' | 'audio' | 'file' | 'deleted') => string
}

export interface Told {
  kind: ConversationKind
  label: string
  sender: string
  line: ContentLine
  /** Unread messages of the conversation. */
  count: number
  hideText: boolean
}

export function notificationWords({ kind, label, sender, line, count, hideText }: Told, texts: NotificationTexts): NotificationWords {
  const title = kind === 'direct' ? sender : label
  if (hideText) return { title, body: count > 1 ? texts.many(count) : texts.hidden }
  const words = 'text' in line ? line.text : texts.content(line.key)
  const first = kind === 'direct' ? words : `${sender}: ${words}`
  return { title, body: count > 1 ? `${first}\n${texts.many(count)}` : first }
}
