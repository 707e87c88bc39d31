import * as v from 'valibot'
import { cleanDisplayName } from '#parley/server/auth/usernames.ts'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { hidesField, idField, statusField } from '#parley/server/utils/field-schemas.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import type { AccountResponse } from '#parley/shared/http.ts'

const fields = v.object({
  displayName: v.optional(v.pipe(v.string(), v.maxLength(256))),
  avatar: v.optional(v.nullable(idField)),
  status: v.optional(v.nullable(statusField)),
  hides: v.optional(hidesField),
})

/** Name, picture, status, and what is not shown to others; told at once to everybody who sees this user. */
export default accountHandler(async (event, { account, hides: before }): Promise<AccountResponse> => {
  spend('ops', account.id)
  const { store, chat } = useParley()
  const { displayName, avatar, status, hides } = await readFields(event, fields)
  const name = displayName === undefined ? undefined : cleanDisplayName(displayName)
  if (displayName !== undefined && name === undefined) throw refusal('bad_request')
  const user = await store.saveProfile(account.id, {
    ...(name === undefined ? {} : { displayName: name }), ...(avatar === undefined ? {} : { avatar }), ...(status === undefined ? {} : { status }),
  })
  if (user === undefined) throw refusal('not_found')
  if (hides) await store.saveHidden(account.id, hides)
  chat.tellUser({ user, ...(hides ? { hides } : {}) })
  return { user: { ...user, role: account.role }, hides: hides ?? before ?? {} }
})
