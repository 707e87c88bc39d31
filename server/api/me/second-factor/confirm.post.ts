import * as v from 'valibot'
import { accountValue } from '#parley/server/utils/account-value.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { sourceOf } from '#parley/server/utils/client-facts.ts'
import { refuseTokens } from '#parley/server/utils/confirmation.ts'
import { codeField } from '#parley/server/utils/field-schemas.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import type { RecoveryCodesResponse } from '#parley/shared/second-factor.ts'

const fields = v.object({ token: v.pipe(v.string(), v.maxLength(64)), code: codeField })

/** From now on a log-in by password needs a code (A11); answers with the recovery codes, which are told this once. */
export default accountHandler(async (event, caller): Promise<RecoveryCodesResponse> => {
  refuseTokens(caller)
  const { token, code } = await readFields(event, fields)
  return { codes: accountValue(await useParley().secondFactor.confirm(caller.account, caller.login, token, code, sourceOf(event))) }
})
