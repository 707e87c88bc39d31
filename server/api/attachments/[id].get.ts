import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import { sendAttachment } from '#parley/server/utils/send-attachment.ts'

/** The bytes of a file, for those who may read it; the same answer for all others and for a file that is not there. */
export default accountHandler(async (event, { account }) => {
  const attachment = await useParley().attachments.find(account.id, pathId(event, 'id'))
  if (attachment === undefined) throw refusal('not_found')
  return sendAttachment(event, attachment)
})
