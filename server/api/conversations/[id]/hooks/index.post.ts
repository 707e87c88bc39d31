import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { clientOf } from '#parley/server/utils/client-facts.ts'
import { hookFields } from '#parley/server/utils/hook-fields.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, readFields } from '#parley/server/utils/request-body.ts'
import { setStatus } from '#parley/server/utils/request-event.ts'
import type { NewHookResponse } from '#parley/shared/hooks.ts'

/** A new webhook, for the owner and admins of a conversation: an outgoing one with a `url`, else an incoming one. Only this answer holds its token or secret. */
export default accountHandler(async (event, { account }): Promise<NewHookResponse> => {
  spend('ops', account.id)
  const { avatar, name, url, events, commands } = await readFields(event, hookFields)
  const conversation = pathId(event, 'id')
  const actor = { id: account.id, address: clientOf(event).address }
  const plan = { name, ...(avatar === undefined ? {} : { avatar }) }
  const { webhooks } = useParley()
  const made = valueOf(url === undefined ? await webhooks.createIncoming(actor, conversation, plan) : await webhooks.createOutgoing(actor, conversation, { ...plan, url, events, commands }))
  setStatus(event, 201)
  return made
})
