import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import type { ConversationResponse } from '#parley/shared/http.ts'

export default accountHandler(async (event, { account }): Promise<ConversationResponse> => {
  const conversation = await useChat().conversation(account.id, pathId(event, 'id'))
  if (conversation === undefined) throw refusal('not_found')
  return { conversation }
})
