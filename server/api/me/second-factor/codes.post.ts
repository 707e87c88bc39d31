import * as v from 'valibot'
import { accountValue } from '#parley/server/utils/account-value.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { sourceOf } from '#parley/server/utils/client-facts.ts'
import { confirmPassword, refuseTokens } from '#parley/server/utils/confirmation.ts'
import { codeField, passwordField } from '#parley/server/utils/field-schemas.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import type { RecoveryCodesResponse } from '#parley/shared/second-factor.ts'

const fields = v.object({ password: passwordField, code: codeField })

/** New recovery codes; the old ones count no more (A11). */
export default accountHandler(async (event, caller): Promise<RecoveryCodesResponse> => {
  refuseTokens(caller)
  const { password, code } = await readFields(event, fields)
  await confirmPassword(event, caller, password)
  return { codes: accountValue(await useParley().secondFactor.renewCodes(caller.account.id, code, sourceOf(event))) }
})
