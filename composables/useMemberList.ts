import { computed, shallowRef, watch, type ComputedRef } from 'vue'
import type { Member } from '#parley/shared/model.ts'
import type { ConversationView } from '#parley/client/types.ts'

const rank = { owner: 0, admin: 1, member: 2 } as const

/** The members of a conversation: those that came with the list, then, for large groups, page by page. */
export function useMemberList(conversation: () => ConversationView): { members: ComputedRef<readonly Member[]>, more: ComputedRef<boolean>, loadMore: () => Promise<void> } {
  const store = useConversationsStore()
  const presence = usePresenceStore()
  const fetched = shallowRef<{ members: Member[], next?: string }>()

  // A membership that changed makes the fetched pages stale; the inlined members are kept current by the chat client.
  watch(() => conversation().memberCount, () => {
    fetched.value = undefined
  })

  const members = computed(() => {
    const view = conversation()
    const all = new Map(fetched.value?.members.map(member => [member.user.id, member]))
    for (const member of view.members) all.set(member.user.id, member)
    // Those of further pages keep the names that they came with.
    const named = [...all.values()].map(member => ({ ...member, user: presence.current(member.user) }))
    return named.sort((a, b) => rank[a.role] - rank[b.role] || a.user.displayName.localeCompare(b.user.displayName))
  })

  async function loadMore(): Promise<void> {
    const { id } = conversation()
    const before = fetched.value
    const answer = await store.members(id, before?.next)
    if (answer.kind !== 'ok' || conversation().id !== id) return
    fetched.value = { members: [...before?.members ?? [], ...answer.value.members], next: answer.value.next }
  }

  const more = computed(() => members.value.length < conversation().memberCount && (fetched.value === undefined || fetched.value.next !== undefined))
  return { members, more, loadMore }
}
