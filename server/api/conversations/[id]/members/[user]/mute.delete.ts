import { auditOf } from '#parley/server/administration/admin.ts'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler, actorOf } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId } from '#parley/server/utils/request-body.ts'

/** Lets a muted member write again. */
export default accountHandler(async (event, caller) => {
  const [id, user] = [pathId(event, 'id'), pathId(event, 'user')]
  spend('ops', caller.account.id)
  valueOf(await useChat().mute(caller.account.id, id, user, undefined, auditOf(actorOf(event, caller), Date.now(), 'mute.lift', { target: user, detail: { conversation: id } })))
  return null
})
