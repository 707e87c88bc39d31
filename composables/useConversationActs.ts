import { computed, type ComputedRef } from 'vue'
import type { HttpAnswer } from '#parley/client/environment.ts'
import type { ConversationView } from '#parley/client/types.ts'
import { useHttp } from '#parley/composables/useHttp.ts'
import type { Member, MemberRole, NotifyLevel, UserSummary } from '#parley/shared/model.ts'

/** What the account may do here; the server decides again (S8), this only hides what it would refuse. */
export interface Permissions { rename: boolean, invite: boolean }

/** What a user may change of a conversation for themselves alone; `unreadFrom: 0` takes their mark away. */
export interface OwnSettings { notify?: NotifyLevel, pinned?: boolean, hidden?: boolean, unreadFrom?: number }

export interface ConversationActs {
  may: ComputedRef<Permissions>
  mayRemove(member: Member): boolean
  mayChangeRole(member: Member): boolean
  mayMakeOwner(member: Member): boolean
  change(change: { title?: string, topic?: string, avatar?: string, public?: boolean }): Promise<boolean>
  add(users: readonly UserSummary[]): Promise<void>
  remove(user: string): Promise<boolean>
  setRole(user: string, role: MemberRole): Promise<boolean>
  /** Removes a member who may not come back by themselves. */
  ban(user: string, reason: string): Promise<boolean>
  /** Keeps a member from writing for `duration` ms; 0 ends it. */
  mute(user: string, duration: number, reason: string): Promise<boolean>
  leave(): Promise<boolean>
  setOwn(change: OwnSettings): Promise<boolean>
}

/** The acts on one conversation; a refusal is told as a notice. */
export function useConversationActs(conversation: () => ConversationView): ConversationActs {
  const store = useConversationsStore()
  const notices = useNoticesStore()
  const http = useHttp()
  const path = (rest: string) => `/api/conversations/${encodeURIComponent(conversation().id)}${rest}`
  const { account } = storeToRefs(useAccountStore())
  const isAdmin = computed(() => conversation().role !== 'member')
  const isOpen = computed(() => conversation().kind !== 'direct' && conversation().closed !== true)

  async function told(answer: Promise<HttpAnswer<unknown>>): Promise<boolean> {
    const settled = await answer
    if (settled.kind === 'unreachable') notices.tell({ key: 'error.unreachable', tone: 'warn', sticky: false })
    else if (settled.kind === 'refused') notices.tell({ key: settled.code === 'forbidden' ? 'error.forbidden' : 'error.other', tone: 'warn', sticky: false })
    else await store.refresh()
    return settled.kind === 'ok'
  }

  const isMe = (member: Member) => member.user.id === account.value?.id
  return {
    may: computed(() => ({ rename: isOpen.value && isAdmin.value, invite: isOpen.value && isAdmin.value })),
    mayRemove: member => isOpen.value && isAdmin.value && !isMe(member) && (member.role !== 'owner' || conversation().role === 'owner'),
    mayChangeRole: member => isOpen.value && isAdmin.value && !isMe(member) && (member.role !== 'owner' || conversation().role === 'owner'),
    mayMakeOwner: member => isOpen.value && conversation().role === 'owner' && member.role !== 'owner',
    change: change => told(store.change(conversation().id, change)),
    async add(users) {
      for (const user of users) if (!await told(store.addMember(conversation().id, user))) return
    },
    remove: user => told(store.removeMember(conversation().id, user)),
    ban: (user, reason) => told(http(path('/bans'), { method: 'POST', body: { user, ...(reason === '' ? {} : { reason }) } })),
    mute: (user, duration, reason) => told(http(path(`/members/${encodeURIComponent(user)}/mute`), duration === 0
      ? { method: 'DELETE' }
      : { method: 'POST', body: { duration, ...(reason === '' ? {} : { reason }) } })),
    setRole: (user, role) => told(store.setRole(conversation().id, user, role)),
    leave: () => account.value === undefined ? Promise.resolve(false) : told(store.removeMember(conversation().id, account.value.id)),
    setOwn: change => told(store.setOwn(conversation().id, change)),
  }
}
