import * as v from 'valibot'
import { accountValue } from '#parley/server/utils/account-value.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { clientOf } from '#parley/server/utils/client-facts.ts'
import { confirmPassword, refuseTokens } from '#parley/server/utils/confirmation.ts'
import { passwordField } from '#parley/server/utils/field-schemas.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import { setStatus } from '#parley/server/utils/request-event.ts'
import type { EnrolmentResponse } from '#parley/shared/second-factor.ts'

const fields = v.object({ password: passwordField })

/** Begins to set up codes (A11). They count only once one has come back. The name of the server goes into the app, where there may be many. */
export default accountHandler(async (event, caller): Promise<EnrolmentResponse> => {
  refuseTokens(caller)
  const { password } = await readFields(event, fields)
  await confirmPassword(event, caller, password)
  const [host = ''] = clientOf(event).hosts.toReversed()
  const issuer = host === '' ? 'Parley' : `Parley (${host.replace(/:\d+$/, '')})`
  const enrolment = accountValue(await useParley().secondFactor.enrol(caller.account, caller.login, issuer))
  setStatus(event, 201)
  return enrolment
})
