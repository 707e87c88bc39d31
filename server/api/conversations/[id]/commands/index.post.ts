import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { commandFields } from '#parley/server/utils/hook-fields.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, readFields } from '#parley/server/utils/request-body.ts'
import type { CommandOutcome } from '#parley/shared/hooks.ts'

/** Runs a command of a webhook: what it answers within seconds is posted as its bot. */
export default accountHandler(async (event, { account }): Promise<CommandOutcome> => {
  const asked = await readFields(event, commandFields)
  spend('ops', account.id)
  return valueOf(await useParley().webhooks.command(account.id, pathId(event, 'id'), asked))
})
