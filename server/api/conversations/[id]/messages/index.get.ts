import * as v from 'valibot'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { numberInQuery } from '#parley/server/utils/field-schemas.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, readQuery } from '#parley/server/utils/request-body.ts'
import { limits } from '#parley/shared/protocol/index.ts'

const fields = v.object({
  before: v.optional(numberInQuery),
  after: v.optional(numberInQuery),
  around: v.optional(numberInQuery),
  limit: v.optional(numberInQuery),
})

/** A page of current messages (Y3): a HistoryResponse, passed on as the store has written it. */
export default accountHandler(async (event, { account }): Promise<string> => {
  const { before, after, around, limit } = readQuery(event, fields)
  const page = valueOf(await useChat().history(account.id, {
    conversation: pathId(event, 'id'),
    limit: Math.min(Math.max(limit ?? limits.historyDefault, 1), limits.historyMax),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(around === undefined ? {} : { around }),
  }))
  setResponseHeader(event, 'content-type', 'application/json')
  return page
})
