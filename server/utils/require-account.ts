import type { Caller, Credentials } from '#parley/server/auth/authenticator.ts'
import { mayUse, rightFor } from '#parley/server/auth/rights.ts'
import type { Right } from '#parley/server/auth/rights.ts'
import { bearerToken } from '#parley/server/utils/bearer-token.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { HttpRefusal, refusal } from '#parley/server/utils/http-refusal.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'
import { readLoginId, writeLoginId } from '#parley/server/utils/session-cookie.ts'

/** @throws HttpRefusal 403: neither a token with these scopes (A7) nor, perhaps, a guest may do this (A9) */
export function demandRight(caller: Caller, right: Right): void {
  if (!mayUse(caller, right)) throw refusal(caller.scopes === undefined ? 'forbidden' : 'scope_missing')
}

/**
 * Who makes this request.
 *
 * @throws HttpRefusal 401: not logged in, the login is revoked, or the user disabled; 403: the token has no scope for this call (A7)
 */
export const requireAccount = async (event: RequestEvent): Promise<Caller> => requireCaller(event, await credentialsOf(event))

/** What a request shows of itself. */
export async function credentialsOf(event: RequestEvent): Promise<Credentials> {
  const bearer = bearerToken(event)
  return { bearer, login: bearer === undefined ? await readLoginId(event) : undefined }
}

/** As {@link requireAccount}, of what the request has shown. Asks the store before it returns. */
export async function requireCaller(event: RequestEvent, credentials: Credentials): Promise<Caller> {
  const result = await useParley().authenticate(credentials)
  if (!result.ok) throw new HttpRefusal(401, result.code, result.code === 'account_disabled' ? 'this account is disabled' : 'not logged in')
  demandRight(result.caller, rightFor(event.method, event.path, result.caller.account.id))
  if (result.slid) await writeLoginId(event, result.caller.login)
  return result.caller
}
