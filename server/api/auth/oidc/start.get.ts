import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { attemptWait, backToLogin, keepAttempt, redirectUri } from '#parley/server/utils/oidc-attempt.ts'
import { nextPage } from '#parley/shared/next-page.ts'

/** Sends the browser to the OpenID provider (A8). A page, not a call: whatever happens, a person sees the next one. */
export default apiHandler(async (event) => {
  const { oidc } = useParley().logIns
  if (oidc === undefined) throw refusal('not_found')
  const next = nextPage(getQuery(event)['next'])
  if (attemptWait(event) > 0) return backToLogin(event, 'too_many_requests', next)
  const begun = await oidc.begin(redirectUri(event), next)
  if (!begun.ok) return backToLogin(event, begun.code, next)
  await keepAttempt(event, begun.value.attempt)
  return sendRedirect(event, begun.value.url)
})
