import { ref, shallowRef } from 'vue'
import type { HttpAnswer } from '#parley/client/environment.ts'
import { useErrorText } from '#parley/composables/useErrorText.ts'
import type { Refusal } from '#parley/composables/useErrorText.ts'
import { useHttp } from '#parley/composables/useHttp.ts'
import type { Hook, HookFailure, HookFailuresResponse, HookResponse, HooksResponse, NewHookResponse, RetryOutcome } from '#parley/shared/hooks.ts'

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
  const pathOf = (id: string, rest = '') => path(`/${encodeURIComponent(id)}${rest}`)

  function told<T>(answer: HttpAnswer<T>): T | undefined {
    problem.value = answer.kind === 'ok' ? '' : errorText(answer)
    return answer.kind === 'ok' ? answer.value : undefined
  }

  async function load(): Promise<void> {
    hooks.value = told(await http<HooksResponse>(path()))?.hooks ?? hooks.value
  }

  /** @returns why it was not made */
  async function create(plan: Record<string, unknown>): Promise<Refusal | undefined> {
    busy.value = true
    const answer = await http<NewHookResponse>(path(), { method: 'POST', body: plan })
    busy.value = false
    if (answer.kind !== 'ok') return answer
    problem.value = ''
    const { hook, token, secret = '' } = answer.value
    made.value = { id: hook.id, kind: hook.kind, value: token === undefined ? secret : `${window.location.origin}/api/hooks/${token}` }
    hooks.value = [...hooks.value, hook]
    return undefined
  }

  /** @returns why it was not changed */
  async function change(id: string, edit: Record<string, unknown>): Promise<Refusal | undefined> {
    busy.value = true
    const answer = await http<HookResponse>(pathOf(id), { method: 'PATCH', body: edit })
    busy.value = false
    if (answer.kind !== 'ok') return answer
    problem.value = ''
    hooks.value = hooks.value.map(hook => hook.id === id ? answer.value.hook : hook)
    return undefined
  }

  async function remove(id: string): Promise<void> {
    const answer = await http(pathOf(id), { method: 'DELETE' })
    // Gone already is as good.
    if (answer.kind === 'refused' && answer.status === 404) problem.value = ''
    else if (told(answer) === undefined && answer.kind !== 'ok') return
    hooks.value = hooks.value.filter(hook => hook.id !== id)
    if (made.value?.id === id) made.value = undefined
  }

  async function pause(id: string, paused: boolean): Promise<void> {
    const answer = told(await http<HookResponse>(pathOf(id), { method: 'PATCH', body: { paused } }))
    if (answer !== undefined) hooks.value = hooks.value.map(hook => hook.id === id ? answer.hook : hook)
  }

  /** Events that it could not be told, oldest first; undefined: the server did not say. */
  const failures = async (id: string): Promise<readonly HookFailure[] | undefined> => told(await http<HookFailuresResponse>(pathOf(id, '/failures')))?.failures
  /** Sends one of them again. */
  async function retry(id: string, seq: number): Promise<RetryOutcome | undefined> {
    const answer = await http<RetryOutcome>(pathOf(id, `/failures/${seq}`), { method: 'POST' })
    // Somebody else has sent it.
    return answer.kind === 'refused' && answer.status === 404 ? { delivered: true } : told(answer)
  }

  return { hooks, made, problem, busy, load, create, change, remove, pause, failures, retry }
}
