import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { pathId, pathSeq } from '#parley/server/utils/request-body.ts'
import type { OwnReportResponse } from '#parley/shared/administration.ts'

/** The caller's own report of a message, if there is one, and whether somebody has looked at it: never what came of it. */
export default accountHandler(async (event, { account }): Promise<OwnReportResponse> => {
  spend('lookups', account.id)
  const report = await useParley().store.ownReport(pathId(event, 'id'), pathSeq(event, 'seq'), account.id)
  return report === undefined ? {} : { report }
})
