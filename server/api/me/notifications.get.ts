import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import type { NotificationSettingsResponse } from '#parley/shared/http.ts'

/** The caller's choices about notifications. */
export default accountHandler(async (_event, { account }): Promise<NotificationSettingsResponse> =>
  ({ settings: await useParley().store.notificationSettings(account.id) }))
