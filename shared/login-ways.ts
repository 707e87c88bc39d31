/** How people may log in to this server (`GET /api/auth/ways`). */
export interface LoginWays {
  /** By user name and password; false: only admins, who know where. */
  password: boolean
  /** By an OpenID provider. `label`: what people call it. */
  oidc?: { label: string }
  /** By a name alone; `invite`: only on the page of an invite to a conversation. */
  guests: 'off' | 'invite' | 'on'
}

/** Codes that the log-in page is come back to with, in `?problem=`. */
export const loginProblems = ['oidc_unavailable', 'oidc_refused', 'oidc_failed', 'account_disabled', 'registration_closed', 'setup_code_required', 'too_many_requests', 'store_unavailable'] as const
export type LoginProblem = (typeof loginProblems)[number]
