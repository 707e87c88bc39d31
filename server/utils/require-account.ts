import type { Caller } from '#parley/server/auth/authenticator.ts'
import { bearerToken } from '#parley/server/utils/bearer-token.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { HttpRefusal } from '#parley/server/utils/http-refusal.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'
import { readLoginId, writeLoginId } from '#parley/server/utils/session-cookie.ts'

/**
 * Who makes this request.
 *
 * @throws HttpRefusal 401: not logged in, the login is revoked, or the user disabled
 */
export async function requireAccount(event: RequestEvent): Promise<Caller> {
  const bearer = bearerToken(event)
  const login = bearer === undefined ? await readLoginId(event) : undefined
  const result = await useParley().authenticate({ bearer, login })
  if (!result.ok) throw new HttpRefusal(401, result.code, result.code === 'account_disabled' ? 'this account is disabled' : 'not logged in')
  if (result.slid) await writeLoginId(event, result.caller.login)
  return result.caller
}
