import { accountValue } from '#parley/server/utils/account-value.ts'
import { spend } from '#parley/server/utils/allowance.ts'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import { endLogins } from '#parley/server/utils/revocation.ts'
import type { AdminUserResponse } from '#parley/shared/administration.ts'

/** Takes away a user's codes and passkeys, for who has lost what makes them: then the password alone counts. All log-ins end (A5): whoever has the device that was lost may be in. */
export default adminHandler(async (event, actor): Promise<AdminUserResponse> => {
  spend('ops', actor.account.id)
  const { administration, store } = useParley()
  const user = accountValue(await administration.users.clearSecondFactor(actor, pathId(event, 'id')))
  endLogins(user.id, await store.revokeLogins(user.id))
  return { user }
})
