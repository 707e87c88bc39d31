import { ref, shallowRef } from 'vue'
import type { HttpAnswer } from '#parley/client/environment.ts'
import { useErrorText } from '#parley/composables/useErrorText.ts'
import { useHttp } from '#parley/composables/useHttp.ts'
import type { Invite, InvitesResponse, NewInviteResponse } from '#parley/shared/http.ts'

/** The invites of one conversation, as its owner and admins see them. */
export function useInvites(conversation: () => string) {
  const http = useHttp()
  const errorText = useErrorText()
  const invites = shallowRef<readonly Invite[]>([])
  /** The link that was just made: its token cannot be had again. */
  const made = shallowRef<{ id: string, link: string }>()
  const problem = ref('')
  const busy = ref(false)
  const path = (rest = '') => `/api/conversations/${encodeURIComponent(conversation())}/invites${rest}`

  function told<T>(answer: HttpAnswer<T>): T | undefined {
    problem.value = answer.kind === 'ok' ? '' : errorText(answer)
    return answer.kind === 'ok' ? answer.value : undefined
  }

  async function load(): Promise<void> {
    invites.value = told(await http<InvitesResponse>(path()))?.invites ?? invites.value
  }

  async function create(terms: { expiresIn?: number, maxUses?: number, registers?: boolean }): Promise<void> {
    if (busy.value) return
    busy.value = true
    const answer = told(await http<NewInviteResponse>(path(), { method: 'POST', body: terms }))
    busy.value = false
    if (answer === undefined) return
    made.value = { id: answer.invite.id, link: `${window.location.origin}/invite/${answer.token}` }
    invites.value = [answer.invite, ...invites.value]
  }

  async function revoke(id: string): Promise<void> {
    const answer = await http(path(`/${encodeURIComponent(id)}`), { method: 'DELETE' })
    // Gone already is as good.
    if (answer.kind === 'refused' && answer.status === 404) problem.value = ''
    else if (told(answer) === undefined && answer.kind !== 'ok') return
    invites.value = invites.value.filter(invite => invite.id !== id)
    if (made.value?.id === id) made.value = undefined
  }

  return { invites, made, problem, busy, load, create, revoke }
}
