import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import type { ConversationsResponse } from '#parley/shared/http.ts'

export default accountHandler(async (_event, { account }): Promise<ConversationsResponse> =>
  ({ conversations: await useChat().conversations(account.id) }))
