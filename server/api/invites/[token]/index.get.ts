import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { clientOf } from '#parley/server/utils/client-facts.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { HttpRefusal } from '#parley/server/utils/http-refusal.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import { requireAccount } from '#parley/server/utils/require-account.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'
import type { InvitePreviewResponse } from '#parley/shared/http.ts'

/** Who asks, if they are logged in. */
async function callerOf(event: RequestEvent): Promise<string | undefined> {
  try {
    return (await requireAccount(event)).account.id
  }
  catch (error) {
    if (error instanceof HttpRefusal) return undefined
    throw error
  }
}

/** What an invite is for; needs no login. */
export default apiHandler(async (event): Promise<InvitePreviewResponse> =>
  valueOf(await useParley().invites.preview(pathId(event, 'token'), await callerOf(event), clientOf(event).address)))
