import * as v from 'valibot'
import { accountValue } from '#parley/server/utils/account-value.ts'
import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { browserOf } from '#parley/server/utils/browser-binding.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { sourceOf } from '#parley/server/utils/client-facts.ts'
import { codeField } from '#parley/server/utils/field-schemas.ts'
import { startLogin } from '#parley/server/utils/log-in.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import type { AccountResponse } from '#parley/shared/http.ts'

const fields = v.object({ token: v.pipe(v.string(), v.maxLength(64)), code: codeField })

/** The second step of a log-in (A11): a code of the app, or a recovery code. */
export default apiHandler(async (event): Promise<AccountResponse> => {
  const { token, code } = await readFields(event, fields)
  const user = accountValue(await useParley().secondFactor.finishLogIn(browserOf(event), token, code, sourceOf(event)))
  await startLogin(event, user.id)
  return { user }
})
