import * as v from 'valibot'
import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { accountValue } from '#parley/server/utils/account-value.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { clientOf } from '#parley/server/utils/client-facts.ts'
import { pathId, readFields } from '#parley/server/utils/request-body.ts'
import { endLogins } from '#parley/server/utils/revocation.ts'

const fields = v.object({ password: v.pipe(v.string(), v.maxLength(1024)) })

/** Sets the password of a link's user and ends all their log-ins (A5); they log in with it like anybody. */
export default apiHandler(async (event) => {
  const { password } = await readFields(event, fields)
  const { user, logins } = accountValue(await useParley().administration.users.complete(pathId(event, 'token'), password, clientOf(event).address))
  endLogins(user, logins)
  return null
})
