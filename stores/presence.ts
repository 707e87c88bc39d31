import type { PresenceState, UserSummary } from '#parley/shared/model.ts'
import { useChatHost } from '#parley/composables/useChatHost.ts'

export interface UserPresence { state: PresenceState, lastSeen?: number }

/** Who people are, whether they are there and who is typing. Passing knowledge: what a slow link drops is asked again (PROTOCOL 8). */
export const usePresenceStore = defineStore('presence', () => {
  const host = useChatHost()
  const states = shallowReactive(new Map<string, UserPresence>())
  const typists = shallowReactive(new Map<string, readonly string[]>())
  const users = shallowReactive(new Map<string, UserSummary>())
  /** Raised when names may have changed without a change of their own: the list brings members along. */
  const listVersion = shallowRef(0)

  const stopFollowing = host.follow({
    change(change) {
      if (change.type === 'presence') states.set(change.user, { state: change.state, lastSeen: change.lastSeen })
      else if (change.type === 'typing') {
        if (change.users.length === 0) typists.delete(change.conversation)
        else typists.set(change.conversation, change.users)
      }
      else if (change.type === 'users') for (const user of change.users) users.set(user.id, user)
      else if (change.type === 'conversations') listVersion.value++
    },
    end() {
      states.clear()
      typists.clear()
      users.clear()
    },
  })
  onScopeDispose(stopFollowing)

  const none: readonly string[] = []
  return {
    /** Undefined while the name is being asked for. */
    user: (id: string): UserSummary | undefined => {
      void listVersion.value
      return users.get(id) ?? host.client.value?.user(id)
    },
    of: (id: string): UserPresence => {
      void listVersion.value
      return states.get(id) ?? host.client.value?.presence(id) ?? { state: 'offline' }
    },
    /** User ids, own excluded. */
    typing: (conversation: string): readonly string[] => typists.get(conversation) ?? none,
    setTyping: (conversation: string, on: boolean) => host.client.value?.setTyping(conversation, on),
    setActive: (active: boolean) => host.client.value?.setActive(active),
  }
})
