import { FileStoreFull, FileStoreUnavailable } from '#parley/server/attachments/ports.ts'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { setStatus } from '#parley/server/utils/request-event.ts'
import type { AvatarResponse } from '#parley/shared/http.ts'

/** Ms after which a storage that is away, or full, may be asked again. */
const retryAfter = 5_000

/** A square picture, as the body; `PATCH /api/me` or that of a conversation puts it on. */
export default accountHandler(async (event, { account }): Promise<AvatarResponse> => {
  spend('pictures', account.id)
  try {
    const source = { [Symbol.asyncIterator]: () => event.node.req.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array> }
    const outcome = await useParley().avatars.receive(source)
    if (!outcome.ok) throw refusal(outcome.code)
    setStatus(event, 201)
    return { avatar: outcome.id }
  }
  catch (error) {
    throw error instanceof FileStoreFull || error instanceof FileStoreUnavailable ? refusal('store_unavailable', retryAfter) : error
  }
})
