import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refuseTokens } from '#parley/server/utils/confirmation.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { passkeyId } from '#parley/server/utils/passkey-fields.ts'

/** Ends one of the caller's passkeys. What was logged in by it stays so: log-ins are ended by name. */
export default accountHandler(async (event, caller) => {
  refuseTokens(caller)
  if (!await useParley().store.removePasskey(caller.account.id, passkeyId(event))) throw refusal('not_found')
  return null
})
