import * as v from 'valibot'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { readQuery } from '#parley/server/utils/request-body.ts'
import type { AdminUsersResponse } from '#parley/shared/administration.ts'

const fields = v.object({
  q: v.optional(v.pipe(v.string(), v.maxLength(128))),
  only: v.optional(v.picklist(['admin', 'disabled'])),
  after: v.optional(v.pipe(v.string(), v.maxLength(128))),
})

/** Users in a page. */
const pageSize = 50

/** Everybody with an account, by username. */
export default adminHandler(async (event): Promise<AdminUsersResponse> => {
  const { q, only, after } = readQuery(event, fields)
  const query = { ...(q === undefined ? {} : { text: q }), ...(only === undefined ? {} : { only }), ...(after === undefined ? {} : { after }) }
  const users = await useParley().store.usersForAdmin({ ...query, limit: pageSize, now: Date.now() })
  const last = users.length === pageSize ? users.at(-1) : undefined
  return { users, ...(last ? { next: last.username } : {}) }
})
