import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useChat, useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import type { ConversationResponse } from '#parley/shared/http.ts'

/** Joins a public conversation. */
export default accountHandler(async (event, { account }): Promise<ConversationResponse> => {
  const id = pathId(event, 'id')
  if (account.guest === true && useParley().logIns.guests.mode !== 'on') throw refusal('not_found')
  spend('ops', account.id)
  return { conversation: valueOf(await useChat().join(account.id, id)) }
})
