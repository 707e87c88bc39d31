import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { accountValue } from '#parley/server/utils/account-value.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { clientOf } from '#parley/server/utils/client-facts.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import type { ResetPreviewResponse } from '#parley/shared/administration.ts'

/** Whose password this link sets; needs no login. */
export default apiHandler(async (event): Promise<ResetPreviewResponse> =>
  accountValue(await useParley().administration.users.preview(pathId(event, 'token'), clientOf(event).address)))
