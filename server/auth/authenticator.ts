import { accountOf } from '#parley/server/auth/accounts.ts'
import type { ApiTokens } from '#parley/server/auth/api-tokens.ts'
import type { LoginSessions } from '#parley/server/auth/login-sessions.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import type { Account } from '#parley/shared/model.ts'

/** Who makes a request, and by what right. */
export interface Caller {
  account: Account
  /** Login session or API token; what A5 revokes. */
  login: string
  via: 'cookie' | 'bearer'
}

export type Authentication
  /** `slid`: the login moved forward, so the cookie's end has to move too. */
  = { ok: true, caller: Caller, slid: boolean } | { ok: false, code: 'unauthenticated' | 'account_disabled' }

/** What a request shows of itself. A bearer token goes before a cookie: a script that sends one means it. */
export interface Credentials { bearer: string | undefined, login: string | undefined }

/** Reads who is behind a request from the store every time: a revoked login or a disabled user is out at once (A5). */
export function createAuthenticator(store: AccountStore, logins: LoginSessions, tokens: ApiTokens): (credentials: Credentials) => Promise<Authentication> {
  async function identify({ bearer, login }: Credentials): Promise<{ user: string, login: string, via: Caller['via'], slid: boolean } | undefined> {
    if (bearer !== undefined) {
      const token = await tokens.find(bearer)
      return token && { user: token.user, login: token.id, via: 'bearer', slid: false }
    }
    const resumed = login === undefined ? undefined : await logins.resume(login)
    return resumed && { user: resumed.login.user, login: resumed.login.id, via: 'cookie', slid: resumed.slid }
  }

  return async (credentials) => {
    const identity = await identify(credentials)
    const record = identity && await store.userById(identity.user)
    if (identity === undefined || record === undefined) return { ok: false, code: 'unauthenticated' }
    if (record.disabled) return { ok: false, code: 'account_disabled' }
    return { ok: true, caller: { account: accountOf(record), login: identity.login, via: identity.via }, slid: identity.slid }
  }
}
