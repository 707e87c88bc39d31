import * as v from 'valibot'
import { accountValue } from '#parley/server/utils/account-value.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { sourceOf } from '#parley/server/utils/client-facts.ts'
import { confirmPassword, refuseTokens } from '#parley/server/utils/confirmation.ts'
import { codeField, passwordField } from '#parley/server/utils/field-schemas.ts'
import { readFields } from '#parley/server/utils/request-body.ts'

const fields = v.object({ password: passwordField, code: codeField })

/** The password alone is enough again (A11). */
export default accountHandler(async (event, caller) => {
  refuseTokens(caller)
  const { password, code } = await readFields(event, fields)
  await confirmPassword(event, caller, password)
  accountValue(await useParley().secondFactor.turnOff(caller.account.id, code, sourceOf(event)))
  return null
})
