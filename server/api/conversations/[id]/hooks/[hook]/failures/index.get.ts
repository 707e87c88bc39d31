import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import type { HookFailuresResponse } from '#parley/shared/hooks.ts'

/** Events that an outgoing webhook could not be told, newest last. */
export default accountHandler(async (event, { account }): Promise<HookFailuresResponse> =>
  ({ failures: valueOf(await useParley().webhooks.failures(account.id, pathId(event, 'id'), pathId(event, 'hook'))) }))
