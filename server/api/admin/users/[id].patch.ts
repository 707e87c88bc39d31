import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { accountValue } from '#parley/server/utils/account-value.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { pathId, readFields } from '#parley/server/utils/request-body.ts'
import { endUser } from '#parley/server/utils/revocation.ts'
import type { AdminUserResponse } from '#parley/shared/administration.ts'

const fields = v.object({ disabled: v.optional(v.boolean()), role: v.optional(v.picklist(['admin', 'member'])) })

/** Disables a user, lets them in again, or changes a role. Not on oneself, and never the last admin (409). */
export default adminHandler(async (event, actor): Promise<AdminUserResponse> => {
  const { administration, tickets } = useParley()
  const id = pathId(event, 'id')
  spend('ops', actor.account.id)
  const { disabled, role } = await readFields(event, fields)
  const user = accountValue(await administration.users.change(actor, id, { ...(disabled === undefined ? {} : { disabled }), ...(role === undefined ? {} : { role }) }))
  if (disabled === true) endUser(id)
  if (disabled === false) tickets.reinstate(id)
  return { user }
})
