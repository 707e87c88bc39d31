import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { readQuery } from '#parley/server/utils/request-body.ts'
import type { OpenConversationsResponse } from '#parley/shared/http.ts'

const found = 50

const fields = v.object({ q: v.optional(v.pipe(v.string(), v.maxLength(64))) })

/** Conversations that anyone may join, by part of title or topic. */
export default accountHandler(async (event, { account }): Promise<OpenConversationsResponse> => {
  spend('lookups', account.id)
  if (account.guest === true && useParley().logIns.guests.mode !== 'on') return { conversations: [] }
  return { conversations: await useParley().store.publicConversations(account.id, readQuery(event, fields).q ?? '', found) }
})
