import type { MessageRow } from '#parley/client/types.ts'
import { createAnnouncer } from '#parley/composables/timeline/announcements.ts'
import { textSummary } from '#parley/composables/timeline/message-text.ts'
import { textOf } from '#parley/composables/timeline/permissions.ts'

/** New messages of the open conversation for a screen reader, at most once a second (U-A2). */
export function useTimelineAnnouncements(name: (id: string) => string) {
  const { t } = useI18n()
  const said = ref('')
  const announcer = createAnnouncer((announcement) => {
    said.value = announcement.kind === 'one'
      ? t('timeline.announceOne', { name: name(announcement.sender), text: announcement.text })
      : t('timeline.announceMany', { messages: t('timeline.messagesCount', announcement.count), people: t('timeline.peopleCount', announcement.people) })
  })
  onBeforeUnmount(() => announcer.dispose())
  return {
    said: readonly(said),
    announce: (rows: readonly MessageRow[]): void => announcer.hear(rows.map(row => ({ sender: row.sender, text: textSummary(textOf(row), 200) }))),
  }
}
