import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import type { UsersResponse } from '#parley/shared/http.ts'

/** Whom the caller has blocked. */
export default accountHandler(async (_event, { account }): Promise<UsersResponse> => ({ users: await useParley().store.blockedBy(account.id) }))
