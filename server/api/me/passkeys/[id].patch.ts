import * as v from 'valibot'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refuseTokens } from '#parley/server/utils/confirmation.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { passkeyId, passkeyNameField } from '#parley/server/utils/passkey-fields.ts'
import { readFields } from '#parley/server/utils/request-body.ts'

const fields = v.object({ name: passkeyNameField })

/** Calls one of the caller's passkeys something else. */
export default accountHandler(async (event, caller) => {
  refuseTokens(caller)
  const { name } = await readFields(event, fields)
  if (!await useParley().store.renamePasskey(caller.account.id, passkeyId(event), name)) throw refusal('not_found')
  return null
})
