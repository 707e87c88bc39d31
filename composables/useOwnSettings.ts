import { computed } from 'vue'
import type { ConversationView } from '#parley/client/types.ts'
import { useConversationActs } from '#parley/composables/useConversationActs.ts'

/** What a user sets of a conversation for themselves: in its menu in the list and in its details, on all devices alike. */
export function useOwnSettings(conversation: () => ConversationView) {
  const acts = useConversationActs(conversation)
  const conversations = useConversationsStore()
  const messages = useMessagesStore()
  const isUnread = computed(() => conversation().unread > 0 || conversation().unreadFrom !== undefined)
  /** Where a mark would stand; without any message there is nothing to mark. */
  const last = computed(() => conversation().lastMessage?.seq)

  return {
    isUnread,
    mayMark: computed(() => isUnread.value || last.value !== undefined),
    togglePin: () => acts.setOwn({ pinned: !conversation().pinned }),
    setNotify: (notify: 'all' | 'mentions' | 'none') => acts.setOwn({ notify }),
    /** Marks all as read, or the last message as unread; the read position itself never goes back (PROTOCOL 8). */
    async toggleUnread(): Promise<void> {
      const { id, head, unreadFrom } = conversation()
      if (!isUnread.value) return void await acts.setOwn({ unreadFrom: last.value })
      messages.markRead(id, head)
      if (unreadFrom !== undefined) await acts.setOwn({ unreadFrom: 0 })
    },
    /** Takes the conversation off the list until its next message; one cannot stay in what one has closed. */
    async toggleHidden(): Promise<void> {
      const { id, hidden } = conversation()
      if (!await acts.setOwn({ hidden: !hidden }) || hidden) return
      if (conversations.currentId === id) await navigateTo('/chat', { replace: true })
    },
  }
}
