import { auditOf } from '#parley/server/administration/admin.ts'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler, actorOf } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId } from '#parley/server/utils/request-body.ts'

/** Lifts a ban: it brings nobody back, it only lets them. */
export default accountHandler(async (event, caller) => {
  const [id, user] = [pathId(event, 'id'), pathId(event, 'user')]
  spend('ops', caller.account.id)
  valueOf(await useChat().liftBan(caller.account.id, id, user, auditOf(actorOf(event, caller), Date.now(), 'ban.lift', { target: user, detail: { conversation: id } })))
  return null
})
