import { spend } from '#parley/server/utils/allowance.ts'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId } from '#parley/server/utils/request-body.ts'

/** Closes a conversation: it can be read and no longer written in. */
export default adminHandler(async (event, actor) => {
  spend('ops', actor.account.id)
  return { conversation: valueOf(await useParley().administration.conversations.close(actor, pathId(event, 'id'))) }
})
