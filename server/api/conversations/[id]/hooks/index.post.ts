import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { clientOf } from '#parley/server/utils/client-facts.ts'
import { hookFields } from '#parley/server/utils/hook-fields.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, readFields } from '#parley/server/utils/request-body.ts'
import { setStatus } from '#parley/server/utils/request-event.ts'
import type { NewHookResponse } from '#parley/shared/hooks.ts'

/** A new webhook, for the owner and admins of a conversation; only this answer holds its token or secret. */
export default accountHandler(async (event, { account }): Promise<NewHookResponse> => {
  spend('ops', account.id)
  const { avatar, name } = await readFields(event, v.object(hookFields))
  const actor = { id: account.id, address: clientOf(event).address }
  const made = valueOf(await useParley().webhooks.createIncoming(actor, pathId(event, 'id'), { name, ...(avatar === undefined ? {} : { avatar }) }))
  setStatus(event, 201)
  return made
})
