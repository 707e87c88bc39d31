import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { blockUser } from '#parley/server/utils/block-user.ts'
import { idField } from '#parley/server/utils/field-schemas.ts'
import { readFields } from '#parley/server/utils/request-body.ts'

const fields = v.object({ user: idField })

/** Blocks somebody (S9). They are not told. */
export default accountHandler(async (event, { account }) => {
  spend('ops', account.id)
  const { user } = await readFields(event, fields)
  return blockUser(account, user, true)
})
