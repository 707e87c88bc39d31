import { watchDebounced } from '@vueuse/core'
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import type { UserSummary } from '#parley/shared/model.ts'
import type { Refusal } from '#parley/composables/useErrorText.ts'

/** Typing faster than this asks the server once. */
const typingPause = 180

/** A search for people: what is typed, and whom the server found for it. */
export function useUserPicker(except: () => ReadonlySet<string>) {
  const store = useConversationsStore()
  const query = ref('')
  const answered = shallowRef<readonly UserSummary[]>([])
  const { current } = storeToRefs(usePresenceStore())
  const found = computed(() => answered.value.map(current.value))
  const status = shallowRef<{ name: 'searching' } | { name: 'found' } | { name: 'refused', refusal: Refusal }>({ name: 'searching' })
  let running: AbortController | undefined

  async function search(): Promise<void> {
    running?.abort()
    const own = running = new AbortController()
    if (answered.value.length === 0) status.value = { name: 'searching' }
    const answer = await store.searchUsers(query.value.trim(), own.signal)
    // A slow answer to an older query must not replace a newer one.
    if (own !== running || own.signal.aborted) return
    if (answer.kind === 'ok') {
      answered.value = answer.value.users.filter(user => !except().has(user.id))
      status.value = { name: 'found' }
    }
    else {
      answered.value = []
      status.value = { name: 'refused', refusal: answer }
    }
  }

  watchDebounced(query, search, { debounce: typingPause })
  onScopeDispose(() => running?.abort())
  void search()

  return { query, found, status, search }
}
