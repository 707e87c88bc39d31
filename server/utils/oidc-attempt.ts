import type { OidcAttempt } from '#parley/server/auth/oidc.ts'
import { networkOf } from '#parley/server/auth/client-address.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { clientOf } from '#parley/server/utils/client-facts.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'
import type { LoginProblem } from '#parley/shared/login-ways.ts'

/** Seconds that a person has at the provider. */
const patience = 900

const sessionConfig = (event: RequestEvent) => ({
  name: 'parley-oidc', password: useParley().sessionPassword, sessionHeader: false as const, maxAge: patience,
  // Lax: the way back from the provider is a navigation from another site.
  cookie: { httpOnly: true, sameSite: 'lax' as const, path: '/api/auth/oidc', secure: clientOf(event).secure, maxAge: patience },
})

/** Lets the browser keep what has to fit when it comes back: so nobody can be sent here with the log-in of somebody else. */
export async function keepAttempt(event: RequestEvent, attempt: OidcAttempt): Promise<void> {
  const session = await useSession<OidcAttempt>(event, sessionConfig(event))
  await session.update({ ...attempt })
}

/** Takes it back; of two that come with the same one, the second has none any more. */
export async function takeAttempt(event: RequestEvent): Promise<OidcAttempt | undefined> {
  const session = await useSession<OidcAttempt>(event, sessionConfig(event))
  const { state, nonce, verifier, redirectUri, next } = session.data
  await session.clear()
  if (state === undefined || nonce === undefined || verifier === undefined || redirectUri === undefined || next === undefined) return undefined
  return { state, nonce, verifier, redirectUri, next }
}

/** Where the provider sends the browser back to: under the name by which it came here. */
export function redirectUri(event: RequestEvent): string {
  const { hosts, secure } = clientOf(event)
  const host = hosts.at(-1)
  if (host === undefined || !/^[\w.:[\]-]+$/.test(host)) throw refusal('bad_request')
  return `${secure ? 'https' : 'http'}://${host}/api/auth/oidc/callback`
}

/** Ms until this address may begin or end a log-in again; 0: now. */
export const attemptWait = (event: RequestEvent): number => useParley().logIns.attempts.take(networkOf(clientOf(event).address))

/** Back to the log-in page, which says what was the matter. */
export const backToLogin = (event: RequestEvent, problem: LoginProblem, next?: string) =>
  sendRedirect(event, `/login?${new URLSearchParams({ problem, ...(next === undefined ? {} : { next }) }).toString()}`)
