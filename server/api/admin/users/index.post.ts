import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { accountValue } from '#parley/server/utils/account-value.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import { setStatus } from '#parley/server/utils/request-event.ts'
import type { NewUserResponse } from '#parley/shared/administration.ts'

const fields = v.object({
  username: v.pipe(v.string(), v.maxLength(256)),
  displayName: v.optional(v.pipe(v.string(), v.maxLength(256))),
  role: v.optional(v.picklist(['admin', 'member'])),
})

/** A new account, and the link by which its user sets a password; only this answer holds it. */
export default adminHandler(async (event, actor): Promise<NewUserResponse> => {
  spend('ops', actor.account.id)
  const made = accountValue(await useParley().administration.users.create(actor, await readFields(event, fields)))
  setStatus(event, 201)
  return made
})
