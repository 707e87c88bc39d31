import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { idField, memberRoleField } from '#parley/server/utils/field-schemas.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, readFields } from '#parley/server/utils/request-body.ts'
import type { ConversationResponse } from '#parley/shared/http.ts'

const fields = v.object({ user: idField, role: v.optional(memberRoleField) })

export default accountHandler(async (event, { account }): Promise<ConversationResponse> => {
  const id = pathId(event, 'id')
  spend('ops', account.id)
  const { user, role } = await readFields(event, fields)
  return { conversation: valueOf(await useChat().addMember(account.id, id, user, role)) }
})
