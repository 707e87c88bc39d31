import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import { endLogins } from '#parley/server/utils/revocation.ts'

/** Logs another device out (A5). */
export default accountHandler(async (event, { account }) => {
  const id = pathId(event, 'id')
  if (!await useParley().store.revokeLogin(account.id, id)) throw refusal('not_found')
  endLogins(account.id, [id])
  return null
})
