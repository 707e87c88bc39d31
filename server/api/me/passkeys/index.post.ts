import * as v from 'valibot'
import { accountValue } from '#parley/server/utils/account-value.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refuseTokens } from '#parley/server/utils/confirmation.ts'
import { passkeyNameField, registrationField } from '#parley/server/utils/passkey-fields.ts'
import { passkeySummary } from '#parley/server/utils/passkey-summary.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import { setStatus } from '#parley/server/utils/request-event.ts'
import type { PasskeyResponse } from '#parley/shared/second-factor.ts'

const fields = v.object({ name: passkeyNameField, response: registrationField })

/** Keeps the passkey that the browser has made (A12). */
export default accountHandler(async (event, caller): Promise<PasskeyResponse> => {
  refuseTokens(caller)
  const { name, response } = await readFields(event, fields)
  const passkey = accountValue(await useParley().passkeys.add(caller.account, caller.login, name, response))
  setStatus(event, 201)
  return { passkey: passkeySummary(passkey, passkey.rpId) }
})
