import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import type { InvitesResponse } from '#parley/shared/http.ts'

/** Invites to a conversation, for its owner and admins, newest first; never their tokens. */
export default accountHandler(async (event, { account }): Promise<InvitesResponse> =>
  ({ invites: valueOf(await useParley().invites.list(account, pathId(event, 'id'))) }))
