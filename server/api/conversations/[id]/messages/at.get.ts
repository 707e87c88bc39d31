import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { numberInQuery } from '#parley/server/utils/field-schemas.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, readQuery } from '#parley/server/utils/request-body.ts'
import type { MessageAtResponse } from '#parley/shared/http.ts'

const fields = v.object({ time: numberInQuery })

/** Where a time lies in the log: the first message from then on, else the last one. */
export default accountHandler(async (event, { account }): Promise<MessageAtResponse> => {
  const id = pathId(event, 'id')
  const { time } = readQuery(event, fields)
  spend('lookups', account.id)
  const seq = valueOf(await useChat().reading.messageAt(account.id, id, time))
  return seq === 0 ? {} : { seq }
})
