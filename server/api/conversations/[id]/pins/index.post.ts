import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, readFields } from '#parley/server/utils/request-body.ts'
import type { ConversationResponse } from '#parley/shared/http.ts'

const fields = v.object({ seq: v.pipe(v.number(), v.safeInteger(), v.minValue(1)) })

/** Pins a message (O7). */
export default accountHandler(async (event, { account }): Promise<ConversationResponse> => {
  const id = pathId(event, 'id')
  const { seq } = await readFields(event, fields)
  spend('ops', account.id)
  return { conversation: valueOf(await useChat().reading.pin(account.id, id, seq, true)) }
})
