import * as v from 'valibot'
import { accountOf } from '#parley/server/auth/accounts.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { pathId, readFields } from '#parley/server/utils/request-body.ts'
import { endUser } from '#parley/server/utils/revocation.ts'

const fields = v.object({ disabled: v.optional(v.boolean()), role: v.optional(v.picklist(['admin', 'member'])) })

/** Disables a user or changes a role; for admins. Not on oneself: a server without any admin could never get one again. */
export default accountHandler(async (event, { account }) => {
  const { store, tickets } = useParley()
  if (account.role !== 'admin') throw refusal('forbidden')
  const id = pathId(event, 'id')
  if (id === account.id) throw refusal('forbidden')
  const { disabled, role } = await readFields(event, fields)
  if (role !== undefined && !await store.setUserRole(id, role)) throw refusal('not_found')
  if (disabled !== undefined) {
    if (!await store.setDisabled(id, disabled)) throw refusal('not_found')
    if (disabled) endUser(id)
    else tickets.reinstate(id)
  }
  const record = await store.userById(id)
  if (record === undefined) throw refusal('not_found')
  return { user: { ...accountOf(record), disabled: record.disabled } }
})
