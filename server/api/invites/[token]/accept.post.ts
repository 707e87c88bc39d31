import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { clientOf } from '#parley/server/utils/client-facts.ts'
import { spend } from '#parley/server/utils/allowance.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import type { ConversationResponse } from '#parley/shared/http.ts'

/** Joins the conversation of an invite; for a member it changes nothing. */
export default accountHandler(async (event, { account }): Promise<ConversationResponse> => {
  spend('ops', account.id)
  return { conversation: valueOf(await useParley().invites.accept(pathId(event, 'token'), account.id, clientOf(event).address)) }
})
