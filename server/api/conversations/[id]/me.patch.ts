import * as v from 'valibot'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, readFields } from '#parley/server/utils/request-body.ts'
import type { ConversationResponse } from '#parley/shared/http.ts'
import type { MemberSettings } from '#parley/server/chat/ports.ts'

const fields = v.object({
  notify: v.optional(v.picklist(['all', 'mentions', 'none'])),
  pinned: v.optional(v.boolean()),
  hidden: v.optional(v.boolean()),
  unreadFrom: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
})

/** The caller's own settings of a conversation; `unreadFrom: 0` clears the mark. */
export default accountHandler(async (event, { account }): Promise<ConversationResponse> => {
  const id = pathId(event, 'id')
  const { notify, pinned, hidden, unreadFrom } = await readFields(event, fields)
  const settings: MemberSettings = {
    ...(notify === undefined ? {} : { notify }),
    ...(pinned === undefined ? {} : { pinned }),
    ...(hidden === undefined ? {} : { hidden }),
    ...(unreadFrom === undefined ? {} : { unreadFrom }),
  }
  return { conversation: valueOf(await useChat().saveSettings(account.id, id, settings)) }
})
