import { spend } from '#parley/server/utils/allowance.ts'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import type { FreedSpace } from '#parley/shared/administration.ts'

/** Erases files that nothing will ever ask for; uploads under way are safe. */
export default adminHandler((_event, actor): Promise<FreedSpace> => {
  spend('ops', actor.account.id)
  return useParley().administration.storage.free(actor)
})
