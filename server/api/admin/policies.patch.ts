import { policiesSchema } from '#parley/server/administration/server-settings.ts'
import { spend } from '#parley/server/utils/allowance.ts'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import type { ServerPolicies } from '#parley/shared/administration.ts'

/** Sets all policies together; in force with the next message. */
export default adminHandler(async (event, actor): Promise<ServerPolicies> => {
  const { settings, housekeeping } = useParley().administration
  spend('ops', actor.account.id)
  await settings.savePolicies(actor, await readFields(event, policiesSchema))
  housekeeping.wake()
  return settings.policies
})
