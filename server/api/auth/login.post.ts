import * as v from 'valibot'
import { accountValue } from '#parley/server/utils/account-value.ts'
import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { bindBrowser } from '#parley/server/utils/browser-binding.ts'
import { sourceOf } from '#parley/server/utils/client-facts.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { demandLocalLogIn } from '#parley/server/utils/local-log-in.ts'
import { startLogin } from '#parley/server/utils/log-in.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import type { LogInResponse } from '#parley/shared/second-factor.ts'

const fields = v.object({
  username: v.pipe(v.string(), v.maxLength(256)),
  password: v.pipe(v.string(), v.maxLength(1024)),
})

/** Logged in, or half: then a code is still missing (A11). */
export default apiHandler(async (event): Promise<LogInResponse> => {
  const { username, password } = await readFields(event, fields)
  const { accounts, secondFactor } = useParley()
  const user = accountValue(await accounts.logIn(username, password, sourceOf(event)))
  demandLocalLogIn(user)
  const token = await secondFactor.halfLogIn(() => bindBrowser(event), user.id)
  if (token !== undefined) return { secondFactor: { token } }
  await startLogin(event, user.id)
  return { user }
})
