import { spend } from '#parley/server/utils/allowance.ts'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId } from '#parley/server/utils/request-body.ts'

/** Makes the caller the owner of a group or channel that has no owner left who can log in; its members see it happen. */
export default adminHandler(async (event, actor) => {
  spend('ops', actor.account.id)
  return { conversation: valueOf(await useParley().administration.conversations.own(actor, pathId(event, 'id'))) }
})
