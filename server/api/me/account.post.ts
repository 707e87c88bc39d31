import * as v from 'valibot'
import { accountValue } from '#parley/server/utils/account-value.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { sourceOf } from '#parley/server/utils/client-facts.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { demandLocalRegistration } from '#parley/server/utils/local-log-in.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import type { AccountResponse } from '#parley/shared/http.ts'

const fields = v.object({
  username: v.pipe(v.string(), v.maxLength(256)),
  password: v.pipe(v.string(), v.maxLength(1024)),
  invite: v.optional(v.pipe(v.string(), v.maxLength(128))),
})

/** A guest becomes a user like any other, with everything said and joined so far (A9). */
export default accountHandler(async (event, { account, via }): Promise<AccountResponse> => {
  const { logIns, chat } = useParley()
  if (via === 'bearer' || account.guest !== true) throw refusal('forbidden')
  await demandLocalRegistration()
  const user = accountValue(await logIns.guests.promote(account.id, await readFields(event, fields), sourceOf(event)))
  const { role: _role, ...told } = user
  chat.tellUser({ user: told })
  return { user }
})
