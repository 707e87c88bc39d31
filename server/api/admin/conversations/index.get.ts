import * as v from 'valibot'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { readQuery } from '#parley/server/utils/request-body.ts'
import type { AdminConversationsResponse } from '#parley/shared/administration.ts'

const fields = v.object({
  q: v.optional(v.pipe(v.string(), v.maxLength(128))),
  kind: v.optional(v.picklist(['direct', 'group', 'channel'])),
  after: v.optional(v.pipe(v.string(), v.maxLength(64))),
})

/** Conversations in a page: the messages of each are counted. */
const pageSize = 25

/** Every conversation, the newest first: counts and sizes, never its content. */
export default adminHandler(async (event): Promise<AdminConversationsResponse> => {
  const { q, kind, after } = readQuery(event, fields)
  const query = { ...(q === undefined ? {} : { text: q }), ...(kind === undefined ? {} : { kind }), ...(after === undefined ? {} : { after }) }
  const conversations = await useParley().store.conversationsForAdmin({ ...query, limit: pageSize })
  const last = conversations.length === pageSize ? conversations.at(-1) : undefined
  return { conversations, ...(last ? { next: last.id } : {}) }
})
