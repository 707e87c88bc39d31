import { setStatus } from '#parley/server/utils/request-event.ts'
import * as v from 'valibot'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import { apiScopes } from '#parley/shared/api-scopes.ts'

/** Far more than anybody has scripts; without a bound the table is somebody's storage. */
const tokensPerUser = 50

const fields = v.object({
  name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(64)),
  /** Absent: whatever the user may. */
  scopes: v.optional(v.pipe(v.array(v.picklist(apiScopes)), v.minLength(1), v.maxLength(apiScopes.length))),
})

/** A new API token; only this answer holds it. A token cannot make tokens, so that one that leaked ends when it is revoked. */
export default accountHandler(async (event, { account, via }) => {
  const { apiTokens, store } = useParley()
  const { name, scopes } = await readFields(event, fields)
  if (via === 'bearer' || account.guest === true || (await store.apiTokensOf(account.id)).length >= tokensPerUser) throw refusal('forbidden')
  const { token, record } = await apiTokens.create(account.id, name, scopes && apiScopes.filter(scope => scopes.includes(scope)))
  setStatus(event, 201)
  return { token, id: record.id, name: record.name, createdAt: record.createdAt, ...(record.scopes ? { scopes: record.scopes } : {}) }
})
