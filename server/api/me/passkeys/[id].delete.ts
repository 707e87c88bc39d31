import * as v from 'valibot'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { confirmIdentity, refuseTokens } from '#parley/server/utils/confirmation.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { passwordField } from '#parley/server/utils/field-schemas.ts'
import { passkeyId } from '#parley/server/utils/passkey-fields.ts'
import { hasBody, readFields } from '#parley/server/utils/request-body.ts'

const fields = v.object({ password: v.optional(passwordField) })

/** Ends one of the caller's passkeys. What was logged in by it stays so: log-ins are ended by name. As an addition: with the password, unless the caller has just logged in. */
export default accountHandler(async (event, caller) => {
  refuseTokens(caller)
  const { password } = hasBody(event) ? await readFields(event, fields) : {}
  await confirmIdentity(event, caller, password)
  if (!await useParley().store.removePasskey(caller.account.id, passkeyId(event))) throw refusal('not_found')
  return null
})
