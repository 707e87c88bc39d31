import * as v from 'valibot'
import { accountValue } from '#parley/server/utils/account-value.ts'
import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { sourceOf } from '#parley/server/utils/client-facts.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { startLogin } from '#parley/server/utils/log-in.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import type { AccountResponse } from '#parley/shared/http.ts'

const fields = v.object({
  username: v.pipe(v.string(), v.maxLength(256)),
  password: v.pipe(v.string(), v.maxLength(1024)),
})

export default apiHandler(async (event): Promise<AccountResponse> => {
  const { username, password } = await readFields(event, fields)
  const user = accountValue(await useParley().accounts.logIn(username, password, sourceOf(event)))
  await startLogin(event, user.id)
  return { user }
})
