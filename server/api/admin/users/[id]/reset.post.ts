import { spend } from '#parley/server/utils/allowance.ts'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { accountValue } from '#parley/server/utils/account-value.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import { setStatus } from '#parley/server/utils/request-event.ts'
import type { PasswordReset } from '#parley/shared/administration.ts'

/** A link by which this user sets a new password; an earlier one no longer counts. Only this answer holds its token. */
export default adminHandler(async (event, actor): Promise<PasswordReset> => {
  spend('ops', actor.account.id)
  const reset = accountValue(await useParley().administration.users.reset(actor, pathId(event, 'id')))
  setStatus(event, 201)
  return reset
})
