import * as v from 'valibot'
import { auditOf } from '#parley/server/administration/admin.ts'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler, actorOf } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { noteField } from '#parley/server/utils/field-schemas.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, readFields } from '#parley/server/utils/request-body.ts'

/** Ms, from a minute to a year. */
const fields = v.object({ duration: v.pipe(v.number(), v.safeInteger(), v.minValue(60_000), v.maxValue(366 * 24 * 3_600_000)), reason: v.optional(noteField) })

/** Keeps a member from writing for a time; they are told until when and why. */
export default accountHandler(async (event, caller) => {
  const [id, user] = [pathId(event, 'id'), pathId(event, 'user')]
  spend('ops', caller.account.id)
  const { duration, reason } = await readFields(event, fields)
  const audit = auditOf(actorOf(event, caller), Date.now(), 'mute.add', { target: user, detail: { conversation: id, duration } })
  valueOf(await useChat().mute(caller.account.id, id, user, { duration, ...(reason ? { reason } : {}) }, audit))
  return null
})
