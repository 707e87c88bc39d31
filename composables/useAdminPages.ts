import { useDebounceFn } from '@vueuse/core'
import type { HttpAnswer } from '#parley/client/environment.ts'

/** One answer of a list that goes on: what is in it, and where the next one begins. */
export interface ListPage<Item> { items: Item[], next?: string | number }

/** Ms of a pause in typing after which is searched. */
const typingPause = 250

/**
 * A list that is read page by page and begins anew whenever what is asked for changes. An older answer never replaces a newer one.
 *
 * @param load reads a page; `after` is `next` of the one before
 * @param asked what the list depends on
 */
export function useAdminPages<Item>(load: (after: string | number | undefined) => Promise<HttpAnswer<ListPage<Item>>>, asked: () => unknown) {
  const items = shallowRef<Item[]>([])
  const next = ref<string | number>()
  const state = ref<'loading' | 'ready' | 'failed'>('loading')
  let turn = 0

  async function read(after?: string | number): Promise<void> {
    const own = ++turn
    state.value = 'loading'
    const answer = await load(after)
    if (own !== turn) return
    state.value = answer.kind === 'ok' ? 'ready' : 'failed'
    if (answer.kind !== 'ok') return
    items.value = after === undefined ? answer.value.items : [...items.value, ...answer.value.items]
    next.value = answer.value.next
  }

  const readSoon = useDebounceFn(() => void read(), typingPause)
  watch(asked, () => void readSoon(), { deep: true })
  onMounted(read)
  return {
    items, next, state,
    reload: () => read(),
    more: () => read(next.value),
    /** Puts a changed item in the place of the old one. */
    replace(matches: (item: Item) => boolean, item: Item | undefined): void {
      items.value = item === undefined ? items.value.filter(other => !matches(other)) : items.value.map(other => matches(other) ? item : other)
    },
  }
}
