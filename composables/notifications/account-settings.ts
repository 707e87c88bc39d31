import { shallowRef } from 'vue'
import type { HttpAnswer } from '#parley/client/environment.ts'
import type { HttpCall } from '#parley/composables/useHttp.ts'
import { readSettings, writeSettings } from '#parley/composables/notifications/device-choices.ts'
import type { NotificationSettingsResponse } from '#parley/shared/http.ts'
import { noSettings } from '#parley/shared/notifications.ts'
import type { NotificationSettings, QuietHours } from '#parley/shared/notifications.ts'

type Http = <T>(path: string, call?: HttpCall) => Promise<HttpAnswer<T>>

/** Null takes one away. */
export interface SettingsChange { hideText?: boolean, quiet?: QuietHours | null, pausedUntil?: number | null }

/** Ms for which the settings count as fresh, and that a notification waits for fresh ones. */
const staleAfter = 300_000
const patience = 1_500
const path = '/api/me/notifications'

/** The account's settings: as this browser last saw them, and as the server has them. */
export function createAccountSettings(http: Http, account: () => string | undefined) {
  const settings = shallowRef<NotificationSettings>(noSettings)
  /** The server's own were seen, in this log-in. */
  const known = shallowRef(false)
  let loadedAt = Number.NEGATIVE_INFINITY

  function take(value: NotificationSettings): void {
    settings.value = value
    known.value = true
    const user = account()
    if (user !== undefined) writeSettings(user, value)
  }

  async function load(): Promise<void> {
    const user = account()
    loadedAt = performance.now()
    const answer = await http<NotificationSettingsResponse>(path)
    if (answer.kind === 'ok' && user === account()) take(answer.value.settings)
  }

  return {
    settings, known, load,
    look() {
      const user = account()
      settings.value = user === undefined ? noSettings : readSettings(user)
    },
    /** They may have been changed on another device: asked for again before something rings, not each time and not for long. */
    async refresh(): Promise<void> {
      if (performance.now() - loadedAt < staleAfter) return
      await Promise.race([load(), new Promise(resolve => setTimeout(resolve, patience))])
    },
    /** @returns whether the server has it; what was shown is as it was if not */
    async save(change: SettingsChange): Promise<boolean> {
      const answer = await http<NotificationSettingsResponse>(path, { method: 'PATCH', body: { ...change } })
      if (answer.kind === 'ok') take(answer.value.settings)
      return answer.kind === 'ok'
    },
  }
}
