import * as v from 'valibot'
import { accountValue } from '#parley/server/utils/account-value.ts'
import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { sourceOf } from '#parley/server/utils/client-facts.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { startLogin } from '#parley/server/utils/log-in.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import { setStatus } from '#parley/server/utils/request-event.ts'
import type { AccountResponse } from '#parley/shared/http.ts'

const fields = v.object({
  displayName: v.pipe(v.string(), v.maxLength(256)),
  /** Of a conversation, where guests need one. */
  invite: v.optional(v.pipe(v.string(), v.maxLength(128))),
})

/** Comes in by a name alone (A9). */
export default apiHandler(async (event): Promise<AccountResponse> => {
  const request = await readFields(event, fields)
  const user = accountValue(await useParley().logIns.guests.enter(request, sourceOf(event)))
  await startLogin(event, user.id)
  setStatus(event, 201)
  return { user }
})
