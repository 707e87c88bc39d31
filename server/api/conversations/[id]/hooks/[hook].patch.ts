import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, readFields } from '#parley/server/utils/request-body.ts'
import type { HookResponse } from '#parley/shared/hooks.ts'

const fields = v.object({ paused: v.boolean() })

/** Pauses an outgoing webhook, or lets it go on with the event at which it stopped. */
export default accountHandler(async (event, { account }): Promise<HookResponse> => {
  spend('ops', account.id)
  const { paused } = await readFields(event, fields)
  return { hook: valueOf(await useParley().webhooks.pause(account.id, pathId(event, 'id'), pathId(event, 'hook'), paused)) }
})
