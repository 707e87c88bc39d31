import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, pathSeq, readQuery } from '#parley/server/utils/request-body.ts'
import type { ReceiptsResponse } from '#parley/shared/http.ts'

const fields = v.object({ after: v.optional(v.pipe(v.string(), v.regex(/^\d{1,9}$/))) })

/** Whom a message has reached and who has read it, for the members of its conversation. */
export default accountHandler(async (event, { account }): Promise<ReceiptsResponse> => {
  const [id, seq] = [pathId(event, 'id'), pathSeq(event, 'seq')]
  const { after } = readQuery(event, fields)
  spend('lookups', account.id)
  return valueOf(await useChat().reading.receipts(account.id, id, seq, after))
})
