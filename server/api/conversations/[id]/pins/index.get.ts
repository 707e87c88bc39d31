import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import type { PinsResponse } from '#parley/shared/http.ts'

/** Pinned messages as they stand now, the one pinned last at the end. */
export default accountHandler(async (event, { account }): Promise<PinsResponse> =>
  ({ pins: valueOf(await useChat().reading.pins(account.id, pathId(event, 'id'))) }))
