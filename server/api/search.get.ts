import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { idField, numberInQuery } from '#parley/server/utils/field-schemas.ts'
import { readQuery } from '#parley/server/utils/request-body.ts'
import type { SearchResponse } from '#parley/shared/http.ts'

const hitsDefault = 20
const hitsMost = 50

const fields = v.object({
  q: v.pipe(v.string(), v.trim(), v.maxLength(200)),
  conversation: v.optional(idField),
  from: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(64))),
  after: v.optional(numberInQuery),
  before: v.optional(numberInQuery),
  has: v.optional(v.pipe(v.string(), v.transform(text => text.split(',')), v.array(v.picklist(['file', 'image', 'video', 'audio', 'link'])), v.maxLength(5))),
  limit: v.optional(numberInQuery),
  cursor: v.optional(v.pipe(v.string(), v.maxLength(200))),
})

/** Full-text search in the caller's conversations, narrowed by who sent a message, when, and what it holds; `next` is the `cursor` of the page after. */
export default accountHandler(async (event, { account }): Promise<SearchResponse> => {
  spend('lookups', account.id)
  const { q, conversation, from, has, after, before, limit, cursor } = readQuery(event, fields)
  if (q === '' && has === undefined) return { hits: [] }
  return await useParley().store.search({
    user: account.id,
    query: q,
    limit: Math.min(Math.max(limit ?? hitsDefault, 1), hitsMost),
    ...(conversation === undefined ? {} : { conversation }),
    ...(from === undefined ? {} : { from }),
    ...(has === undefined ? {} : { has }),
    ...(after === undefined ? {} : { since: after }),
    ...(before === undefined ? {} : { until: before }),
    ...(cursor === undefined ? {} : { cursor }),
  })
})
