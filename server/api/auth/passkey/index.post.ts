import * as v from 'valibot'
import { accountValue } from '#parley/server/utils/account-value.ts'
import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { browserOf } from '#parley/server/utils/browser-binding.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { sourceOf } from '#parley/server/utils/client-facts.ts'
import { demandLocalLogIn } from '#parley/server/utils/local-log-in.ts'
import { startLogin } from '#parley/server/utils/log-in.ts'
import { authenticationField } from '#parley/server/utils/passkey-fields.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import type { AccountResponse } from '#parley/shared/http.ts'

const fields = v.object({ response: authenticationField })

/** Logs in by a signed challenge (A12). Not followed by a code: the device that has the key was unlocked by its user. */
export default apiHandler(async (event): Promise<AccountResponse> => {
  const { response } = await readFields(event, fields)
  const user = accountValue(await useParley().passkeys.logIn(browserOf(event), response, sourceOf(event)))
  demandLocalLogIn(user)
  await startLogin(event, user.id)
  return { user }
})
