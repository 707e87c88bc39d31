import * as v from 'valibot'
import { accountOf } from '#parley/server/auth/accounts.ts'
import { networkOf } from '#parley/server/auth/client-address.ts'
import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { clientOf } from '#parley/server/utils/client-facts.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { startLogin } from '#parley/server/utils/log-in.ts'
import { isForm, readFields, readForm } from '#parley/server/utils/request-body.ts'
import { setStatus } from '#parley/server/utils/request-event.ts'
import type { AccountResponse } from '#parley/shared/http.ts'
import { nextPage } from '#parley/shared/next-page.ts'

const fields = v.object({ token: v.pipe(v.string(), v.maxLength(8_192)) })

/**
 * Exchanges a token of the host application for a log-in (A10). As JSON it answers with the user; as a form, which a page of the host may
 * post, it leads to the chat (its origin must be one of `NUXT_ALLOWED_ORIGINS`: else anybody could log a visitor in as somebody else).
 */
export default apiHandler(async (event): Promise<AccountResponse | null> => {
  const { host, exchanges } = useParley().logIns
  if (host === undefined) throw refusal('not_found')
  const network = networkOf(clientOf(event).address)
  const wait = exchanges.take(network)
  if (wait > 0) throw refusal('too_many_requests', wait)
  const form = isForm(event) ? await readForm(event) : undefined
  const token = form ? form.get('token') ?? '' : (await readFields(event, fields)).token
  const found = await host.find(token)
  if (found === undefined) throw refusal('bad_token')
  exchanges.giveBack(network)
  if (found.user.disabled) throw refusal('account_disabled')
  await startLogin(event, found.user.id)
  if (form === undefined) return { user: accountOf(found.user) }
  setStatus(event, 303)
  setResponseHeader(event, 'location', nextPage(form.get('next')))
  return null
})
