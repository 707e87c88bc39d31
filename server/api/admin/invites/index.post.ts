import { spend } from '#parley/server/utils/allowance.ts'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { inviteTerms, inviteTermsFields } from '#parley/server/utils/invite-terms.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import { setStatus } from '#parley/server/utils/request-event.ts'
import type { NewInviteResponse } from '#parley/shared/http.ts'

/** A new invite to the server; only this answer holds its token. */
export default adminHandler(async (event, { account, address }): Promise<NewInviteResponse> => {
  spend('ops', account.id)
  const terms = inviteTerms(await readFields(event, inviteTermsFields))
  const made = valueOf(await useParley().invites.create(account, undefined, terms, address))
  setStatus(event, 201)
  return made
})
