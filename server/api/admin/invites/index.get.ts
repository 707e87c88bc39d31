import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import type { InvitesResponse } from '#parley/shared/http.ts'

/** Invites to the server, newest first; never their tokens. */
export default adminHandler(async (_event, { account }): Promise<InvitesResponse> =>
  ({ invites: valueOf(await useParley().invites.list(account, undefined)) }))
