import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { knownTo } from '#parley/server/utils/guests.ts'
import { readQuery } from '#parley/server/utils/request-body.ts'
import type { UsersResponse } from '#parley/shared/http.ts'

/** Names that one call may ask for: two full history pages of different senders. */
const idsAtOnce = 400
const found = 20

const fields = v.object({
  q: v.optional(v.pipe(v.string(), v.maxLength(64))),
  ids: v.optional(v.pipe(v.string(), v.maxLength(idsAtOnce * 65))),
})

/** People by part of their name, or names for ids. Names of strangers are limited per user, so that nobody reads out the directory (X32). */
export default accountHandler(async (event, { account }): Promise<UsersResponse> => {
  const { store } = useParley()
  const { q, ids } = readQuery(event, fields)
  if (ids !== undefined) return { users: await store.usersById(ids.split(',').filter(id => id !== '').slice(0, idsAtOnce)) }
  spend('lookups', account.id)
  return { users: await knownTo(account, await store.findUsers(q?.trim() ?? '', found)) }
})
