import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { pathId } from '#parley/server/utils/request-body.ts'

/** No more pushes to one browser. */
export default accountHandler(async (event, { account }) => {
  if (!await useParley().store.removePushSubscription(account.id, pathId(event, 'id'))) throw refusal('not_found')
  return null
})
