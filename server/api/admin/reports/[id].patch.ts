import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, readFields } from '#parley/server/utils/request-body.ts'
import { reportActs } from '#parley/shared/administration.ts'

const fields = v.object({ state: v.picklist(['resolved', 'dismissed']), acts: v.optional(v.pipe(v.array(v.picklist(reportActs)), v.maxLength(reportActs.length))) })

/** Closes a report, with all others about the same message, and does what was decided. */
export default adminHandler(async (event, actor) => {
  spend('ops', actor.account.id)
  const { state, acts = [] } = await readFields(event, fields)
  return { report: valueOf(await useParley().administration.reports.close(actor, pathId(event, 'id'), state, [...new Set(acts)])) }
})
