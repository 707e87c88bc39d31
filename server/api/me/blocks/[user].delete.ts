import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { blockUser } from '#parley/server/utils/block-user.ts'
import { pathId } from '#parley/server/utils/request-body.ts'

/** Takes a block back. */
export default accountHandler((event, { account }) => {
  spend('ops', account.id)
  return blockUser(account, pathId(event, 'user'), false)
})
