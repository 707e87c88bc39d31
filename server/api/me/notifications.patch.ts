import * as v from 'valibot'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import type { NotificationSettingsResponse } from '#parley/shared/http.ts'
import { isTimeZone } from '#parley/shared/notifications.ts'
import type { NotificationSettings } from '#parley/shared/notifications.ts'

const minute = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(24 * 60 - 1))
const fields = v.object({
  hideText: v.optional(v.boolean()),
  quiet: v.nullish(v.object({ from: minute, to: minute, zone: v.pipe(v.string(), v.maxLength(64), v.check(isTimeZone)) })),
  pausedUntil: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
})

/** Changes the caller's choices about notifications, for all devices; null takes one away. */
export default accountHandler(async (event, { account }): Promise<NotificationSettingsResponse> => {
  const change = await readFields(event, fields)
  const { store } = useParley()
  const known = await store.notificationSettings(account.id)
  const quiet = change.quiet === undefined ? known.quiet : change.quiet ?? undefined
  const pausedUntil = change.pausedUntil === undefined ? known.pausedUntil : change.pausedUntil ?? undefined
  const settings: NotificationSettings = {
    hideText: change.hideText ?? known.hideText,
    ...(quiet === undefined ? {} : { quiet }),
    ...(pausedUntil === undefined ? {} : { pausedUntil }),
  }
  await store.saveNotificationSettings(account.id, settings)
  return { settings }
})
