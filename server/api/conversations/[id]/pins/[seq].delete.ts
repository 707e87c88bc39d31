import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, pathSeq } from '#parley/server/utils/request-body.ts'
import type { ConversationResponse } from '#parley/shared/http.ts'

/** Takes a pin away (O7). */
export default accountHandler(async (event, { account }): Promise<ConversationResponse> => {
  const [id, seq] = [pathId(event, 'id'), pathSeq(event, 'seq')]
  spend('ops', account.id)
  return { conversation: valueOf(await useChat().reading.pin(account.id, id, seq, false)) }
})
