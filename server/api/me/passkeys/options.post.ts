import * as v from 'valibot'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { confirmIdentity, refuseTokens } from '#parley/server/utils/confirmation.ts'
import { passwordField } from '#parley/server/utils/field-schemas.ts'
import { requireParty } from '#parley/server/utils/passkey-fields.ts'
import { readFields } from '#parley/server/utils/request-body.ts'

const fields = v.object({ password: v.optional(passwordField) })

/** What the browser makes a passkey by (A12); with the password, unless the caller has just logged in. */
export default accountHandler(async (event, caller) => {
  refuseTokens(caller)
  const { password } = await readFields(event, fields)
  const party = requireParty(event)
  await confirmIdentity(event, caller, password)
  return { options: await useParley().passkeys.registration(caller.account, caller.login, party) }
})
