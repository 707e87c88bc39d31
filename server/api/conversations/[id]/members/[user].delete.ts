import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId } from '#parley/server/utils/request-body.ts'

/** Removes a member, or leaves. */
export default accountHandler(async (event, { account }) => {
  const [id, member] = [pathId(event, 'id'), pathId(event, 'user')]
  spend('ops', account.id)
  valueOf(await useChat().removeMember(account.id, id, member))
  return null
})
