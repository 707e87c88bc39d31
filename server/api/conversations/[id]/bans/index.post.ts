import * as v from 'valibot'
import { auditOf } from '#parley/server/administration/admin.ts'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler, actorOf } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { idField, noteField } from '#parley/server/utils/field-schemas.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, readFields } from '#parley/server/utils/request-body.ts'
import { setStatus } from '#parley/server/utils/request-event.ts'

const fields = v.object({ user: idField, reason: v.optional(noteField) })

/** Removes a member who may not come back by themselves. */
export default accountHandler(async (event, caller) => {
  const id = pathId(event, 'id')
  spend('ops', caller.account.id)
  const { user, reason } = await readFields(event, fields)
  const audit = auditOf(actorOf(event, caller), Date.now(), 'ban.add', { target: user, detail: { conversation: id } })
  valueOf(await useChat().ban(caller.account.id, id, user, reason || undefined, audit))
  setStatus(event, 201)
  return {}
})
