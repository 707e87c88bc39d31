import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import type { HooksResponse } from '#parley/shared/hooks.ts'

/** Webhooks of a conversation, for its owner and admins, oldest first; never their tokens and secrets. */
export default accountHandler(async (event, { account }): Promise<HooksResponse> =>
  ({ hooks: valueOf(await useParley().webhooks.list(account.id, pathId(event, 'id'))) }))
