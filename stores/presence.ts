import type { PresenceState, UserSummary } from '#parley/shared/model.ts'
import { useChatHost } from '#parley/composables/useChatHost.ts'

export interface UserPresence { state: PresenceState, lastSeen?: number }

/** Who people are, whether they are there and who is typing. Passing knowledge: what a slow link drops is asked again (PROTOCOL 8). */
export const usePresenceStore = defineStore('presence', () => {
  const host = useChatHost()
  const { $i18n } = useNuxtApp()
  const states = shallowReactive(new Map<string, UserPresence>())
  const typists = shallowReactive(new Map<string, readonly string[]>())
  const users = shallowReactive(new Map<string, UserSummary>())
  /** Without a connection nobody's state is known: the last one would be shown as if it still held. */
  const live = shallowRef(false)

  const stopFollowing = host.follow({
    begin(client) {
      live.value = client.connection().name === 'online'
    },
    change(change) {
      if (change.type === 'connection') live.value = change.state.name === 'online'
      else if (change.type === 'presence') states.set(change.user, { state: change.state, lastSeen: change.lastSeen })
      else if (change.type === 'typing') {
        if (change.users.length === 0) typists.delete(change.conversation)
        else typists.set(change.conversation, change.users)
      }
      else if (change.type === 'users') for (const user of change.users) users.set(user.id, user)
    },
    end() {
      states.clear()
      typists.clear()
      users.clear()
      live.value = false
    },
  })
  onScopeDispose(stopFollowing)

  /**
   * Undefined while the name is being asked for. A computed function: Pinia wraps a plain one as an action, and rows ask so often that
   * the wrapping would cost more than all their answers.
   */
  const user = computed(() => (id: string): UserSummary | undefined => {
    const known = users.get(id) ?? host.client.value?.user(id)
    return known?.deleted === true ? { ...known, displayName: $i18n.t('conversation.deleted') } : known
  })
  /** Somebody whom an answer of a while ago names, as they are called now. */
  const current = computed(() => (named: UserSummary): UserSummary => users.has(named.id) ? user.value(named.id) ?? named : named)
  const none: readonly string[] = []
  return {
    user,
    current,
    /** Undefined while it cannot be known. */
    of: (id: string): UserPresence | undefined => live.value ? states.get(id) ?? host.client.value?.presence(id) : undefined,
    /** User ids, own excluded. */
    typing: (conversation: string): readonly string[] => typists.get(conversation) ?? none,
    setTyping: (conversation: string, on: boolean) => host.client.value?.setTyping(conversation, on),
    setActive: (active: boolean) => host.client.value?.setActive(active),
  }
})
