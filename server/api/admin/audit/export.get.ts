import { Readable } from 'node:stream'
import { auditOf } from '#parley/server/administration/admin.ts'
import { spend } from '#parley/server/utils/allowance.ts'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { auditQuery } from '#parley/server/utils/audit-query.ts'
import { useParley } from '#parley/server/utils/chat.ts'

/** Lines read from the store at a time. */
const chunk = 500

/** The audit log as JSON Lines, newest first; that it was taken out is its newest line. */
export default adminHandler(async (event, actor) => {
  const { store } = useParley()
  spend('ops', actor.account.id)
  const query = auditQuery(event)
  await store.recordAudit(auditOf(actor, Date.now(), 'audit.export'))
  async function* lines(): AsyncGenerator<string> {
    for (let before = query.before; ;) {
      const page = await store.auditLines({ ...query, ...(before === undefined ? {} : { before }), limit: chunk })
      yield page.map(line => `${JSON.stringify(line)}\n`).join('')
      before = page.at(-1)?.num
      if (page.length < chunk) return
    }
  }
  setResponseHeaders(event, { 'content-type': 'application/jsonl; charset=utf-8', 'content-disposition': 'attachment; filename="parley-audit.jsonl"' })
  return sendStream(event, Readable.from(lines(), { objectMode: false }))
})
