import { accountValue } from '#parley/server/utils/account-value.ts'
import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { bindBrowser } from '#parley/server/utils/browser-binding.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { sourceOf } from '#parley/server/utils/client-facts.ts'
import { requireParty } from '#parley/server/utils/passkey-fields.ts'

/** A challenge to log in with (A12); the same for everybody, whoever they are. */
export default apiHandler(async (event) => {
  const party = requireParty(event)
  return { options: accountValue(await useParley().passkeys.challenge(bindBrowser(event), party, sourceOf(event))) }
})
