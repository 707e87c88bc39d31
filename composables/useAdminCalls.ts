import type { HttpAnswer } from '#parley/client/environment.ts'
import { useErrorText } from '#parley/composables/useErrorText.ts'
import { useHttp, type HttpCall } from '#parley/composables/useHttp.ts'

/** Refusals that mean something only here. */
const own = new Set(['last_admin', 'username_taken', 'username_invalid', 'bad_target'])

/** Calls of the administration: one at a time, with what went wrong in words. */
export function useAdminCalls() {
  const t = useAdminTexts()
  const http = useHttp()
  const errorText = useErrorText()
  const problem = ref('')
  const busy = ref(false)

  async function call<T>(path: string, options?: HttpCall): Promise<HttpAnswer<T>> {
    busy.value = true
    const answer = await http<T>(`/api/admin/${path}`, options)
    busy.value = false
    problem.value = answer.kind === 'ok' ? '' : answer.kind === 'refused' && own.has(answer.code) ? t(`admin.refused.${answer.code}`) : errorText(answer)
    return answer
  }

  return { call, problem, busy }
}
