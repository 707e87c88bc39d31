import { useErrorText } from '#parley/composables/useErrorText.ts'
import type { Refusal } from '#parley/composables/useErrorText.ts'
import { useHttp } from '#parley/composables/useHttp.ts'

/** Something of the server's that a page of the settings shows: asked for once the page is there, and again when a connection stands after all. */
export function useServerData<T>(path: string) {
  const http = useHttp()
  const errorText = useErrorText()
  const { state } = useChatSocket()
  /** Undefined while it is not known. */
  const value = shallowRef<T>()
  const refusal = shallowRef<Refusal>()

  async function load(): Promise<void> {
    const answer = await http<T>(path)
    refusal.value = answer.kind === 'ok' ? undefined : answer
    if (answer.kind === 'ok') value.value = answer.value
  }

  /** That there is no connection is said once, above, and not in each part. */
  const problem = computed(() => refusal.value === undefined || (refusal.value.kind === 'unreachable' && state.value.name !== 'online') ? '' : errorText(refusal.value))
  watch(() => state.value.name, (name) => {
    if (name === 'online' && refusal.value?.kind === 'unreachable') void load()
  })
  onMounted(load)
  return { value, problem, load }
}
