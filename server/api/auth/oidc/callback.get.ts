import { StoreUnavailable } from '#parley/server/chat/ports.ts'
import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { sourceOf } from '#parley/server/utils/client-facts.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { startLogin } from '#parley/server/utils/log-in.ts'
import { attemptWait, backToLogin, takeAttempt } from '#parley/server/utils/oidc-attempt.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'
import { loginProblems } from '#parley/shared/login-ways.ts'
import type { LoginProblem } from '#parley/shared/login-ways.ts'

const problemOf = (code: string): LoginProblem => loginProblems.find(problem => problem === code) ?? 'oidc_failed'

/** @returns why the person is not logged in; undefined: they are */
async function enter(event: RequestEvent, attempt: NonNullable<Awaited<ReturnType<typeof takeAttempt>>>): Promise<LoginProblem | undefined> {
  const { oidc, external, settings } = useParley().logIns
  const finished = await oidc!.finish(attempt, event.path.split('?')[1] ?? '')
  if (!finished.ok) return finished.code
  const { identity, profile } = finished.value
  const entered = await external.enter(identity, profile, { create: settings.oidc!.create, from: sourceOf(event) })
  if (!entered.ok) return problemOf(entered.code)
  await startLogin(event, entered.value.id)
  return undefined
}

/** Where the OpenID provider sends the browser back to (A8). */
export default apiHandler(async (event) => {
  if (useParley().logIns.oidc === undefined) throw refusal('not_found')
  // The code in this address is of no use to anybody any more, but nobody else need see it either.
  setResponseHeader(event, 'referrer-policy', 'no-referrer')
  if (attemptWait(event) > 0) return backToLogin(event, 'too_many_requests')
  const attempt = await takeAttempt(event)
  if (attempt === undefined) return backToLogin(event, 'oidc_failed')
  try {
    const problem = await enter(event, attempt)
    return problem === undefined ? await sendRedirect(event, attempt.next) : await backToLogin(event, problem, attempt.next)
  }
  catch (error) {
    if (error instanceof StoreUnavailable) return backToLogin(event, 'store_unavailable', attempt.next)
    throw error
  }
})
