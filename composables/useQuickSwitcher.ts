import type { ConversationView } from '#parley/client/types.ts'
import type { UserSummary } from '#parley/shared/model.ts'
import { matchNames } from '#parley/composables/shortcuts/name-match.ts'
import { conversationLabel, otherOf } from '#parley/composables/useConversationLabel.ts'
import { useUserPicker } from '#parley/composables/useUserPicker.ts'

/** A conversation, or a person with whom there is none yet. */
export type SwitchTarget
  = | { kind: 'conversation', key: string, names: readonly string[], view: ConversationView }
    | { kind: 'person', key: string, names: readonly string[], user: UserSummary }

/** More than fits on a screen is found by typing on. */
const most = 50

/**
 * What the quick switcher offers: conversations, the latest first, the open one at the end, so that Enter alone goes back to the one
 * before; then people, those whom one shares a conversation with before those whom only the server knows.
 */
export function useQuickSwitcher() {
  const { t } = useI18n()
  const store = useConversationsStore()
  const { account } = storeToRefs(useAccountStore())
  const { query, found } = useUserPicker(() => new Set())

  const conversations = computed(() => [...store.all].sort((a, b) => Number(a.id === store.currentId) - Number(b.id === store.currentId) || b.activeAt - a.activeAt).map((view): SwitchTarget => {
    const other = otherOf(view, account.value?.id)
    return { kind: 'conversation', key: view.id, names: [conversationLabel(view, account.value?.id, t('conversation.notesToSelf')), ...(other === undefined ? [] : [other.username])], view }
  }))
  const people = computed(() => {
    const known = new Map<string, UserSummary>()
    for (const view of store.all) for (const { user } of view.members) known.set(user.id, user)
    for (const user of found.value) known.set(user.id, user)
    for (const view of store.all) if (view.kind === 'direct') known.delete(otherOf(view, account.value?.id)?.id ?? '')
    known.delete(account.value?.id ?? '')
    return [...known.values()].map((user): SwitchTarget => ({ kind: 'person', key: user.id, names: [user.displayName, user.username], user }))
  })
  /** Without a word only what one has: the list of all people tells nothing. */
  const targets = computed(() => query.value.trim() === '' ? conversations.value.slice(0, most) : matchNames([...conversations.value, ...people.value], query.value).slice(0, most))

  return { query, targets }
}
