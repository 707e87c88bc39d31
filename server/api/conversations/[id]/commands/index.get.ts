import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import type { CommandsResponse } from '#parley/shared/hooks.ts'

/** Commands that the webhooks of a conversation answer, for its members. */
export default accountHandler(async (event, { account }): Promise<CommandsResponse> =>
  valueOf(await useParley().webhooks.commands(account.id, pathId(event, 'id'))))
