import { setStatus } from '#parley/server/utils/request-event.ts'
import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { readFields } from '#parley/server/utils/request-body.ts'

const base64url = v.pipe(v.string(), v.maxLength(128), v.regex(/^[\w-]+=*$/))
const fields = v.object({ endpoint: v.pipe(v.string(), v.maxLength(2_048)), keys: v.object({ p256dh: base64url, auth: base64url }) })

/** Has pushes sent to this browser, until its log-in ends; API tokens have none. */
export default accountHandler(async (event, { account, login, via }) => {
  const subscription = await readFields(event, fields)
  if (via === 'bearer') throw refusal('forbidden')
  spend('ops', account.id)
  const id = await useParley().push.subscribe(account.id, login, subscription)
  if (id === undefined) throw refusal('subscription_invalid')
  setStatus(event, 201)
  return { id }
})
