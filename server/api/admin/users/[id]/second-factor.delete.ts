import { accountValue } from '#parley/server/utils/account-value.ts'
import { spend } from '#parley/server/utils/allowance.ts'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import type { AdminUserResponse } from '#parley/shared/administration.ts'

/** Takes away a user's codes and passkeys, for who has lost what makes them: then the password alone counts. */
export default adminHandler(async (event, actor): Promise<AdminUserResponse> => {
  spend('ops', actor.account.id)
  return { user: accountValue(await useParley().administration.users.clearSecondFactor(actor, pathId(event, 'id'))) }
})
