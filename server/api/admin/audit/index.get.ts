import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { auditQuery } from '#parley/server/utils/audit-query.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import type { AuditResponse } from '#parley/shared/administration.ts'

/** Lines in a page. */
const pageSize = 50

/** What admins did, newest first. */
export default adminHandler(async (event): Promise<AuditResponse> => {
  const lines = await useParley().store.auditLines({ ...auditQuery(event), limit: pageSize })
  const last = lines.length === pageSize ? lines.at(-1) : undefined
  return { lines, ...(last ? { next: last.num } : {}) }
})
