import * as v from 'valibot'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { noteField } from '#parley/server/utils/field-schemas.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, pathSeq, readFields } from '#parley/server/utils/request-body.ts'
import { setStatus } from '#parley/server/utils/request-event.ts'
import { reportReasons } from '#parley/shared/administration.ts'

const fields = v.object({ reason: v.picklist(reportReasons), note: v.optional(noteField) })

/** Tells the admins of the server about a message; they see it as it stands now, and nobody else learns of it. */
export default accountHandler(async (event, { account }) => {
  const [conversation, seq] = [pathId(event, 'id'), pathSeq(event, 'seq')]
  const { reason, note } = await readFields(event, fields)
  valueOf(await useParley().administration.reports.add(account.id, { conversation, seq, reason, ...(note ? { note } : {}) }))
  setStatus(event, 201)
  return {}
})
