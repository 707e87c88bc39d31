import type { NotificationSettings } from '#parley/shared/notifications.ts'
import { noSettings } from '#parley/shared/notifications.ts'
import { isSharedDevice } from '#parley/shared/shared-device.ts'

/** What is chosen for this browser alone. */
export interface DeviceChoices {
  /** Whether notifications are wanted here; shown only where the browser allows it too. */
  notify: boolean
  sound: boolean
  /** The user who has pushes sent to this browser. */
  pushFor?: string
  /** The bar that offers notifications was answered. */
  asked: boolean
}

export const defaultChoices: DeviceChoices = { notify: true, sound: true, asked: false }

/** Other tabs hear of a change by the `storage` event of these. */
export const choicesKey = 'parley-notifications'
export const settingsKey = 'parley-notification-settings'

const flag = (value: unknown, otherwise: boolean): boolean => (typeof value === 'boolean' ? value : otherwise)

/** Storage may be forbidden, or hold what another version wrote. */
function read(key: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? 'null')
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {}
  }
  catch {
    return {}
  }
}

/** Nor is anything kept at a shared computer (X33). */
function write(key: string, value: object): void {
  if (isSharedDevice(document.cookie)) return
  try {
    localStorage.setItem(key, JSON.stringify(value))
  }
  catch { /* then it holds for this page only */ }
}

/** What a shared computer shows outside of the page stays there for whoever comes next: only by a choice that ends with the page. */
const sharedChoices: DeviceChoices = { notify: false, sound: true, asked: true }

export function readChoices(): DeviceChoices {
  if (isSharedDevice(document.cookie)) return sharedChoices
  const { notify, sound, asked, pushFor } = read(choicesKey)
  return {
    notify: flag(notify, defaultChoices.notify), sound: flag(sound, defaultChoices.sound), asked: flag(asked, defaultChoices.asked),
    ...(typeof pushFor === 'string' ? { pushFor } : {}),
  }
}

export const writeChoices = (choices: DeviceChoices): void => write(choicesKey, choices)

/** The account's settings as this browser last saw them, so that quiet hours hold without a network too. */
export function readSettings(account: string): NotificationSettings {
  const { user, hideText, quiet, pausedUntil } = read(settingsKey) as { user?: string } & Partial<NotificationSettings>
  if (user !== account) return noSettings
  return { hideText: hideText === true, ...(quiet === undefined ? {} : { quiet }), ...(pausedUntil === undefined ? {} : { pausedUntil }) }
}

export const writeSettings = (user: string, settings: NotificationSettings): void => write(settingsKey, { user, ...settings })
