import type { HttpAnswer } from '#parley/client/environment.ts'
import type { ChatClient, ConversationView } from '#parley/client/types.ts'
import type { ConversationResponse, MembersResponse, UsersResponse } from '#parley/shared/http.ts'
import type { MemberRole, UserSummary } from '#parley/shared/model.ts'
import type { OwnSettings } from '#parley/composables/useConversationActs.ts'
import { useFirstPaint } from '#parley/composables/useViewer.ts'
import { useChatHost } from '#parley/composables/useChatHost.ts'
import { useHttp } from '#parley/composables/useHttp.ts'

/** Pinned first, then by last activity (U-C1); equal times by id so that the order never flickers. */
export function compareConversations(a: ConversationView, b: ConversationView): number {
  if (a.pinned !== b.pinned) return a.pinned ? -1 : 1
  return b.activeAt - a.activeAt || (a.id < b.id ? -1 : 1)
}

/** Messages that ask for attention: muted conversations count only when someone mentions the user, or when the user marked them. */
export function attention(view: ConversationView): number {
  const counted = view.notify === 'all' ? view.unread : view.notify === 'mentions' ? view.mentions : 0
  return Math.max(counted, view.unreadFrom === undefined ? 0 : 1)
}

/** The conversations of the account, as the chat client last told them, and what can be done to them by HTTP. */
export const useConversationsStore = defineStore('conversations', () => {
  const host = useChatHost()
  const http = useHttp()
  const { $i18n } = useNuxtApp()
  const all = shallowRef<readonly ConversationView[]>([])
  // What the server rendered is open before its page says so: its row in the list comes first.
  const currentId = shallowRef<string | undefined>(useFirstPaint()?.opened)
  /** Whether an empty list means "none": the server's list was seen, by this device or a moment ago. Before, it means "not yet". */
  const loaded = shallowRef(false)

  const listed = computed(() => all.value.filter(view => !view.hidden).sort(compareConversations))
  const byId = computed(() => new Map(all.value.map(view => [view.id, view])))
  const current = computed(() => currentId.value === undefined ? undefined : byId.value.get(currentId.value))
  const unread = computed(() => all.value.reduce((sum, view) => sum + (view.hidden ? 0 : attention(view)), 0))

  /** In one's own language, and without what those say whom one has blocked. */
  function shown(view: ConversationView): ConversationView {
    const { account, blocked } = useAccountStore()
    const { kind, last, members } = view
    if (kind !== 'direct') return last !== undefined && blocked.has(last.sender) ? { ...view, last: { ...last, content: { type: 'text', text: '…' } } } : view
    return members.some(({ user }) => user.deleted === true && user.id !== account?.id) ? { ...view, label: $i18n.t('conversation.deleted') } : view
  }

  function take(client: ChatClient): void {
    if (host.client.value !== client) return
    all.value = client.conversations().map(shown)
    if (all.value.length > 0) loaded.value = true
  }

  /** A newcomer's device holds nothing; only the server knows whether there is nothing to hold. */
  async function ask(client: ChatClient): Promise<void> {
    if (loaded.value) return
    await client.refresh()
    take(client)
    if (client.connection().name === 'online') loaded.value = true
  }

  const stopFollowing = host.follow({
    begin(client) {
      take(client)
      void client.ready().then(() => take(client))
      // On a quick link the connection stands before this store is made, and no change tells of it any more.
      if (client.connection().name === 'online') void ask(client)
    },
    change(change, client) {
      if (change.type === 'conversations') take(client)
      else if (change.type === 'connection' && change.state.name === 'online') void ask(client)
    },
    end() {
      all.value = []
      loaded.value = false
    },
  })
  onScopeDispose(stopFollowing)

  /** The list of the server may reach us by its push after the answer does; a page must not open a conversation it does not know. */
  async function known(answer: HttpAnswer<ConversationResponse>): Promise<HttpAnswer<ConversationResponse>> {
    const client = host.client.value
    if (answer.kind === 'ok' && client !== undefined && client.conversation(answer.value.conversation.id) === undefined) await client.refresh()
    return answer
  }

  const create = async (body: Record<string, unknown>) => known(await http<ConversationResponse>('/api/conversations', { method: 'POST', body }))
  const path = (id: string, rest = '') => `/api/conversations/${encodeURIComponent(id)}${rest}`
  const setOwn = (id: string, change: OwnSettings) => http(path(id, '/me'), { method: 'PATCH', body: { ...change } })
  /** The conversation that was opened and is not known yet: on a reload its page is there before the list. */
  let opening: string | undefined
  function seeOpening(): void {
    const view = import.meta.server || opening === undefined ? undefined : byId.value.get(opening)
    if (view === undefined) return
    opening = undefined
    // The mark is for the next opening, which this is; the timeline puts its line there. One that is set from now on is for the one after.
    if (view.unreadFrom !== undefined) void setOwn(view.id, { unreadFrom: 0 })
  }
  watch(byId, seeOpening, { flush: 'post' })
  const memberPath = (id: string, user: string) => path(id, `/members/${encodeURIComponent(user)}`)

  return {
    all: computed(() => all.value),
    loaded: computed(() => loaded.value),
    currentId: computed(() => currentId.value),
    listed,
    current,
    byId,
    unread,
    setCurrent(id: string | undefined) {
      currentId.value = id
      host.client.value?.open(id)
      opening = id
      seeOpening()
    },
    /** The direct conversation with a user; with oneself: notes to self. */
    openDirect: (user: string) => create({ kind: 'direct', user }),
    createGroup: (title: string, members: readonly string[], kind: 'group' | 'channel' = 'group') => create({ kind, title, members: [...members] }),
    /** Joins by a call that answers with the conversation: an invite's, or that of a public conversation. */
    enter: async (call: string) => known(await http<ConversationResponse>(call, { method: 'POST' })),
    searchUsers: (q: string, signal?: AbortSignal) => http<UsersResponse>('/api/users', { query: { q }, signal }),
    members: (id: string, after?: string) => http<MembersResponse>(path(id, '/members'), { query: { after } }),
    addMember: (id: string, user: UserSummary) => http(path(id, '/members'), { method: 'POST', body: { user: user.id } }),
    setRole: (id: string, user: string, role: MemberRole) => http(memberPath(id, user), { method: 'PATCH', body: { role } }),
    /** Removing oneself is leaving. */
    removeMember: (id: string, user: string) => http(memberPath(id, user), { method: 'DELETE' }),
    change: (id: string, change: { title?: string, topic?: string, avatar?: string, public?: boolean }) => http(path(id), { method: 'PATCH', body: { ...change } }),
    close: (id: string) => http(path(id), { method: 'DELETE' }),
    setOwn,
    refresh: () => host.client.value?.refresh(),
  }
})
