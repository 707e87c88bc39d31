import { accountOf } from '#parley/server/auth/accounts.ts'
import type { ApiTokens } from '#parley/server/auth/api-tokens.ts'
import type { HostTokens } from '#parley/server/auth/host-tokens.ts'
import type { LoginSessions } from '#parley/server/auth/login-sessions.ts'
import type { UserState } from '#parley/server/auth/ports.ts'
import type { Hidden } from '#parley/server/chat/people-port.ts'
import type { ApiScope } from '#parley/shared/api-scopes.ts'
import type { Account } from '#parley/shared/model.ts'

/** Who makes a request, and by what right. */
export interface Caller {
  account: Account
  /** Login session or API token; what A5 revokes. */
  login: string
  via: 'cookie' | 'bearer'
  /** Of a token that may not do everything (A7). */
  scopes?: readonly ApiScope[]
  /** What they do not show to others; absent: nothing. */
  hides?: Hidden
  /** Whether there is anybody whom they have blocked. */
  blocks?: true
}

export type Authentication
  /** `slid`: the login moved forward, so the cookie's end has to move too. */
  = { ok: true, caller: Caller, slid: boolean } | { ok: false, code: 'unauthenticated' | 'account_disabled' }

/** What a request shows of itself. A bearer token goes before a cookie: a script that sends one means it. */
export interface Credentials { bearer: string | undefined, login: string | undefined }

/** Asks the store who is behind a request, every time and once: a revoked login or a disabled user is out at once (A5). */
export function createAuthenticator(logins: LoginSessions, tokens: ApiTokens, host?: HostTokens): (credentials: Credentials) => Promise<Authentication> {
  async function identify({ bearer, login }: Credentials): Promise<Pick<Caller, 'login' | 'via' | 'scopes'> & { user: UserState, slid: boolean } | undefined> {
    if (bearer !== undefined) {
      const vouched = await host?.find(bearer)
      if (vouched) return { ...vouched, via: 'bearer', slid: false }
      const found = await tokens.find(bearer)
      return found && { user: found.user, login: found.token.id, via: 'bearer', slid: false, ...(found.token.scopes ? { scopes: found.token.scopes } : {}) }
    }
    const resumed = login === undefined ? undefined : await logins.resume(login)
    return resumed && { user: resumed.user, login: resumed.login.id, via: 'cookie', slid: resumed.slid }
  }

  return async (credentials) => {
    const identity = await identify(credentials)
    if (identity === undefined) return { ok: false, code: 'unauthenticated' }
    const { user, login, via, slid, scopes } = identity
    const { disabled, hides, blocks } = user
    if (disabled) return { ok: false, code: 'account_disabled' }
    return { ok: true, caller: { account: accountOf(user), login, via, ...(scopes ? { scopes } : {}), ...(hides ? { hides } : {}), ...(blocks ? { blocks } : {}) }, slid }
  }
}
