import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, pathSeq } from '#parley/server/utils/request-body.ts'
import type { RetryOutcome } from '#parley/shared/hooks.ts'

/** Tries once more to tell an outgoing webhook of an event that was given up. */
export default accountHandler(async (event, { account }): Promise<RetryOutcome> => {
  spend('ops', account.id)
  return valueOf(await useParley().webhooks.retry(account.id, pathId(event, 'id'), pathId(event, 'hook'), pathSeq(event, 'seq')))
})
