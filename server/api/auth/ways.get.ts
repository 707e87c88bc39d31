import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { hasLocalAccounts } from '#parley/server/utils/local-log-in.ts'
import type { LoginWays } from '#parley/shared/login-ways.ts'

/** How people may log in; needs no login. */
export default apiHandler(async (): Promise<LoginWays> => {
  const { oidc, guests } = useParley().logIns.settings
  return {
    password: await hasLocalAccounts(),
    ...(oidc ? { oidc: { label: oidc.label || new URL(oidc.issuer).hostname } } : {}),
    guests: guests.mode,
  }
})
