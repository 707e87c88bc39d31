import { setStatus } from '#parley/server/utils/request-event.ts'
import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { idField, titleField } from '#parley/server/utils/field-schemas.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { demandAcquaintance } from '#parley/server/utils/guests.ts'
import { demandRight } from '#parley/server/utils/require-account.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import type { ConversationResponse } from '#parley/shared/http.ts'

/** Members named at the creation; more are invited one by one. */
const membersAtOnce = 200

const fields = v.variant('kind', [
  v.object({ kind: v.literal('direct'), user: idField }),
  v.object({ kind: v.picklist(['group', 'channel']), title: titleField, members: v.optional(v.pipe(v.array(idField), v.maxLength(membersAtOnce)), []) }),
])

/** A new conversation; of the same two people it is the direct one that exists. */
export default accountHandler(async (event, caller): Promise<ConversationResponse> => {
  const { account } = caller
  spend('ops', account.id)
  const request = await readFields(event, fields)
  if (request.kind === 'direct') await demandAcquaintance(account, request.user)
  else demandRight(caller, 'manage')
  const conversation = valueOf(await useChat().createConversation(account.id, request.kind === 'direct'
    ? { kind: 'direct', title: '', members: [request.user] }
    : request))
  setStatus(event, 201)
  return { conversation }
})
