import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { idField, titleField, topicField } from '#parley/server/utils/field-schemas.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, readFields } from '#parley/server/utils/request-body.ts'
import type { ConversationResponse } from '#parley/shared/http.ts'

const fields = v.object({ title: v.optional(titleField), topic: v.optional(topicField), public: v.optional(v.boolean()), avatar: v.optional(v.union([v.literal(''), idField])) })

/** Title, topic, picture, and whether anyone may find and join it. */
export default accountHandler(async (event, { account }): Promise<ConversationResponse> => {
  const id = pathId(event, 'id')
  spend('ops', account.id)
  const { title, topic, public: isPublic, avatar } = await readFields(event, fields)
  return {
    conversation: valueOf(await useChat().changeConversation(account.id, id, {
      ...(title === undefined ? {} : { title }),
      ...(topic === undefined ? {} : { topic }),
      ...(avatar === undefined ? {} : { avatar }),
      ...(isPublic === undefined ? {} : { public: isPublic }),
    })),
  }
})
