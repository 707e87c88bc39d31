import * as v from 'valibot'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { sourceOf } from '#parley/server/utils/client-facts.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { HttpRefusal, refusal } from '#parley/server/utils/http-refusal.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import { endLogins } from '#parley/server/utils/revocation.ts'

const fields = v.object({
  current: v.pipe(v.string(), v.maxLength(1024)),
  password: v.pipe(v.string(), v.maxLength(1024)),
})

/** Changes the password; every other login of the user ends, this one stays (A5). API tokens stay too: they are revoked by name. */
export default accountHandler(async (event, { account, login }) => {
  const { accounts, store } = useParley()
  const { current, password } = await readFields(event, fields)
  const result = await accounts.changePassword(account.id, current, password, sourceOf(event))
  // Not 401 for a wrong current password: the caller is logged in, and a client takes 401 for a log-out.
  if (!result.ok) throw result.code === 'bad_credentials' ? new HttpRefusal(403, result.code, 'wrong password') : refusal(result.code, result.retryAfter)
  endLogins(account.id, await store.revokeLogins(account.id, login))
  return null
})
