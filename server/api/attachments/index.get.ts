import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import type { AttachmentLimits } from '#parley/shared/http.ts'

/** What the caller may upload: asked before a file is chosen, so that one that is too large is told before it is sent. */
export default accountHandler((_event, { account }): Promise<AttachmentLimits> => useParley().attachments.limits(account.id))
