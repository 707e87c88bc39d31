import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, readFields } from '#parley/server/utils/request-body.ts'

const fields = v.object({ confirm: v.pipe(v.string(), v.maxLength(512)) })

/** Deletes a conversation for good. `confirm` is its title, or its id where it has none. */
export default adminHandler(async (event, actor) => {
  spend('ops', actor.account.id)
  const { confirm } = await readFields(event, fields)
  valueOf(await useParley().administration.conversations.remove(actor, pathId(event, 'id'), confirm))
  return null
})
