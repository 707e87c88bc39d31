import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { clientOf } from '#parley/server/utils/client-facts.ts'
import { hookEditFields } from '#parley/server/utils/hook-fields.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, readFields } from '#parley/server/utils/request-body.ts'
import type { HookResponse } from '#parley/shared/hooks.ts'

/** Changes a webhook; `paused` pauses an outgoing one, or lets it go on with the event at which it stopped. */
export default accountHandler(async (event, { account }): Promise<HookResponse> => {
  spend('ops', account.id)
  const { paused, ...edit } = await readFields(event, hookEditFields)
  const [conversation, id] = [pathId(event, 'id'), pathId(event, 'hook')]
  const actor = { id: account.id, address: clientOf(event).address }
  const { webhooks } = useParley()
  if (paused === undefined) return { hook: valueOf(await webhooks.change(actor, conversation, id, edit)) }
  if (Object.keys(edit).length > 0) valueOf(await webhooks.change(actor, conversation, id, edit))
  return { hook: valueOf(await webhooks.pause(account.id, conversation, id, paused)) }
})
