import * as v from 'valibot'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { sourceOf } from '#parley/server/utils/client-facts.ts'
import { idField } from '#parley/server/utils/field-schemas.ts'
import { HttpRefusal, refusal } from '#parley/server/utils/http-refusal.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import { endAccount } from '#parley/server/utils/revocation.ts'
import { clearLoginId } from '#parley/server/utils/session-cookie.ts'

const fields = v.object({
  password: v.pipe(v.string(), v.maxLength(1024)),
  messages: v.picklist(['keep', 'erase']),
  successor: v.optional(idField),
})

/** Ends the caller's account for good. Not with a token: one that leaked must not be able to do that. */
export default accountHandler(async (event, { account, via }) => {
  const { accounts, store, chat, farewells } = useParley()
  if (via === 'bearer') throw refusal('forbidden')
  const { password, messages, successor } = await readFields(event, fields)
  const checked = await accounts.confirmEnd(account.id, password, sourceOf(event))
  if (!checked.ok) throw checked.code === 'bad_credentials' ? new HttpRefusal(403, checked.code, 'wrong password') : refusal(checked.code, checked.retryAfter)
  const closed = await store.closeAccount(account.id, { at: Date.now(), erase: messages === 'erase', ...(successor === undefined ? {} : { successor }) })
  if (!closed.ok) throw refusal(closed.code)
  endAccount(account.id)
  chat.tellUser({ user: closed.user })
  void farewells.work()
  await clearLoginId(event)
  return null
})
