import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import { sendPreview } from '#parley/server/utils/send-attachment.ts'
import { kindOf } from '#parley/shared/attachments.ts'

/** A smaller copy of a picture for the timeline, or the picture itself where there is none; for those who may read it. */
export default accountHandler(async (event, { account }) => {
  const attachment = await useParley().attachments.find(account.id, pathId(event, 'id'))
  if (attachment === undefined || kindOf(attachment.mime) !== 'image') throw refusal('not_found')
  return sendPreview(event, attachment)
})
