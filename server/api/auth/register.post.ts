import { setStatus } from '#parley/server/utils/request-event.ts'
import * as v from 'valibot'
import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { sourceOf } from '#parley/server/utils/client-facts.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { demandLocalRegistration } from '#parley/server/utils/local-log-in.ts'
import { startLogin } from '#parley/server/utils/log-in.ts'
import { accountValue } from '#parley/server/utils/account-value.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import type { AccountResponse } from '#parley/shared/http.ts'

const fields = v.object({
  username: v.pipe(v.string(), v.maxLength(256)),
  password: v.pipe(v.string(), v.maxLength(1024)),
  displayName: v.optional(v.pipe(v.string(), v.maxLength(256))),
  setupCode: v.optional(v.pipe(v.string(), v.maxLength(64))),
  invite: v.optional(v.pipe(v.string(), v.maxLength(128))),
})

/** 201 and logged in (PROTOCOL 11). */
export default apiHandler(async (event): Promise<AccountResponse> => {
  const request = await readFields(event, fields)
  await demandLocalRegistration()
  const user = accountValue(await useParley().accounts.register(request, sourceOf(event)))
  await startLogin(event, user.id)
  setStatus(event, 201)
  return { user }
})
