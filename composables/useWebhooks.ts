import { ref, shallowRef } from 'vue'
import type { HttpAnswer } from '#parley/client/environment.ts'
import { useErrorText } from '#parley/composables/useErrorText.ts'
import { useHttp } from '#parley/composables/useHttp.ts'
import type { Hook, HooksResponse, NewHookResponse } from '#parley/shared/hooks.ts'

/** The webhooks of one conversation, as its owner and admins see them. */
export function useWebhooks(conversation: () => string) {
  const http = useHttp()
  const errorText = useErrorText()
  const hooks = shallowRef<readonly Hook[]>([])
  /** What was just made: its address or secret cannot be had again. */
  const made = shallowRef<{ id: string, kind: Hook['kind'], value: string }>()
  const problem = ref('')
  const busy = ref(false)
  const path = (rest = '') => `/api/conversations/${encodeURIComponent(conversation())}/hooks${rest}`

  function told<T>(answer: HttpAnswer<T>): T | undefined {
    problem.value = answer.kind === 'ok' ? '' : errorText(answer)
    return answer.kind === 'ok' ? answer.value : undefined
  }

  async function load(): Promise<void> {
    hooks.value = told(await http<HooksResponse>(path()))?.hooks ?? hooks.value
  }

  async function create(plan: Record<string, unknown>): Promise<void> {
    if (busy.value) return
    busy.value = true
    const answer = told(await http<NewHookResponse>(path(), { method: 'POST', body: plan }))
    busy.value = false
    if (answer === undefined) return
    const { hook, token, secret = '' } = answer
    made.value = { id: hook.id, kind: hook.kind, value: token === undefined ? secret : `${window.location.origin}/api/hooks/${token}` }
    hooks.value = [...hooks.value, hook]
  }

  async function remove(id: string): Promise<void> {
    const answer = await http(path(`/${encodeURIComponent(id)}`), { method: 'DELETE' })
    // Gone already is as good.
    if (answer.kind === 'refused' && answer.status === 404) problem.value = ''
    else if (told(answer) === undefined && answer.kind !== 'ok') return
    hooks.value = hooks.value.filter(hook => hook.id !== id)
    if (made.value?.id === id) made.value = undefined
  }

  return { hooks, made, problem, busy, load, create, remove }
}
