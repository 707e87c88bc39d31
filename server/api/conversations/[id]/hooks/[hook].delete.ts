import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { clientOf } from '#parley/server/utils/client-facts.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId } from '#parley/server/utils/request-body.ts'

/** Ends a webhook, for the owner and admins of its conversation, whoever made it. What its bot wrote stays. */
export default accountHandler(async (event, { account }) => {
  spend('ops', account.id)
  const actor = { id: account.id, address: clientOf(event).address }
  valueOf(await useParley().webhooks.remove(actor, pathId(event, 'id'), pathId(event, 'hook')))
  return null
})
