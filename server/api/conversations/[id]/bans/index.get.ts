import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import type { BansResponse } from '#parley/shared/administration.ts'

/** Who may not come back; for the owner and admins. */
export default accountHandler(async (event, { account }): Promise<BansResponse> =>
  ({ bans: valueOf(await useChat().bans(account.id, pathId(event, 'id'))) }))
