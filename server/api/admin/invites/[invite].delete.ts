import { spend } from '#parley/server/utils/allowance.ts'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId } from '#parley/server/utils/request-body.ts'

/** Revokes an invite to the server, whoever made it. */
export default adminHandler(async (event, { account, address }) => {
  spend('ops', account.id)
  valueOf(await useParley().invites.revoke(account, undefined, pathId(event, 'invite'), address))
  return null
})
