import type { NotifyLevel } from '#parley/shared/model.ts'
import { isSilenced } from '#parley/shared/notifications.ts'
import type { NotificationSettings } from '#parley/shared/notifications.ts'

/** When a message makes itself heard, and how (U-N2). Pure: everything that counts is given. */

export interface NewMessage {
  notify: NotifyLevel
  mentioned: boolean
  /** The account has read it, on whatever device. */
  read: boolean
  /** Pushed just now; false: found when the connection came back. */
  live: boolean
  /** Ms since 1970. */
  at: number
}

export interface Surroundings {
  /** Some tab of the account shows this conversation in front of its reader. */
  lookedAt: boolean
  /** This tab is visible and has the focus; or another tab of the account. */
  inFront: boolean
  otherInFront: boolean
  /** Whether this browser shows notifications for us: it may, and the user wants it. */
  allowed: boolean
  sound: boolean
  settings: NotificationSettings
  now: number
}

/** `page`: a card in the tab that is in front; `system`: a notification of the browser. */
export interface NotificationPlan { show: 'none' | 'page' | 'system', ring: boolean }

const nothing: NotificationPlan = { show: 'none', ring: false }

/** What came while the link was down is still news for this long (ms). */
const news = 10 * 60_000

export function planNotification(message: NewMessage, around: Surroundings): NotificationPlan {
  const concerns = message.notify === 'all' || (message.notify === 'mentions' && message.mentioned)
  if (!concerns || message.read || around.lookedAt || isSilenced(around.settings, around.now)) return nothing
  if (!message.live && around.now - message.at > news) return nothing
  if (around.inFront) return { show: 'page', ring: around.sound }
  if (around.otherInFront) return nothing
  return { show: around.allowed ? 'system' : 'none', ring: around.sound }
}

/** At most one sound in this time (ms), however many messages come. */
const soundPace = 3_000

export const mayRing = (lastRing: number, now: number): boolean => now - lastRing >= soundPace || now < lastRing

export type PauseChoice = 'halfHour' | 'twoHours' | 'morning'

/** When a pause ends; `morning` is the next eight o'clock of this device's clock. */
export function pauseEnd(choice: PauseChoice, now: number): number {
  if (choice === 'halfHour') return now + 30 * 60_000
  if (choice === 'twoHours') return now + 120 * 60_000
  const morning = new Date(now)
  morning.setHours(8, 0, 0, 0)
  if (morning.getTime() <= now) morning.setDate(morning.getDate() + 1)
  return morning.getTime()
}

/** `22:30` as minutes since midnight; undefined when it is no time of day. */
export function minutesOf(text: string): number | undefined {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? []
  return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes)
}

export const timeOf = (minutes: number): string => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
