import { watchDebounced } from '@vueuse/core'
import type { SearchHit, SearchResponse } from '#parley/shared/http.ts'
import type { Refusal } from '#parley/composables/useErrorText.ts'
import { useHttp } from '#parley/composables/useHttp.ts'

/** A search that can be sent: words and filters, resolved to what the server knows. */
export interface MessageSearch { q: string, conversation?: string | undefined, from?: string | undefined, has?: string | undefined, after?: number | undefined, before?: number | undefined }

export type SearchState
  = | { name: 'idle' }
    /** The hits of the search before stay until the answer is here: a list that empties at each key is restless. */
    | { name: 'searching', hits: readonly SearchHit[] }
    | { name: 'found', hits: readonly SearchHit[], next?: string | undefined, loadingMore: boolean }
    | { name: 'refused', refusal: Refusal }

/** Typing faster than this asks the server once. */
const typingPause = 220

/** Messages that fit what is being typed, by pages, newest first. Undefined: nothing to search for. */
export function useMessageSearch(wanted: () => MessageSearch | undefined) {
  const http = useHttp()
  const state = shallowRef<SearchState>({ name: 'idle' })
  let running: AbortController | undefined

  async function ask(search: MessageSearch, cursor?: string) {
    running?.abort()
    const own = running = new AbortController()
    const answer = await http<SearchResponse>('/api/search', { query: { ...search, cursor }, signal: own.signal })
    // A slow answer to an older search must not replace a newer one.
    return own === running && !own.signal.aborted ? answer : undefined
  }

  async function run(): Promise<void> {
    const search = wanted()
    if (search === undefined) {
      running?.abort()
      state.value = { name: 'idle' }
      return
    }
    state.value = { name: 'searching', hits: 'hits' in state.value ? state.value.hits : [] }
    const answer = await ask(search)
    if (answer === undefined) return
    state.value = answer.kind === 'ok' ? { name: 'found', ...answer.value, loadingMore: false } : { name: 'refused', refusal: answer }
  }

  async function more(): Promise<void> {
    const before = state.value
    const search = wanted()
    if (before.name !== 'found' || before.next === undefined || before.loadingMore || search === undefined) return
    state.value = { ...before, loadingMore: true }
    const answer = await ask(search, before.next)
    if (answer === undefined) return
    // What was found stays; the button is there for another try.
    state.value = answer.kind === 'ok' ? { name: 'found', hits: [...before.hits, ...answer.value.hits], next: answer.value.next, loadingMore: false } : { ...before, loadingMore: false }
  }

  watchDebounced(() => JSON.stringify(wanted()), run, { debounce: typingPause })
  onScopeDispose(() => running?.abort())
  void run()
  return { state: readonly(state), run, more }
}
