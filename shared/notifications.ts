/** What the account, the page, the server's push and the service worker agree on about notifications. Pure. */

/** A time of day in which nothing makes itself heard, as its owner's clock shows it. */
export interface QuietHours {
  /** Minutes since midnight; `to` before `from` = over midnight, both the same = all day. */
  from: number
  to: number
  /** IANA name, such as `Asia/Shanghai`. */
  zone: string
}

/** The account's choices, for every device (`/api/me/notifications`). */
export interface NotificationSettings {
  /** Notifications say that there is a message, not what it says. */
  hideText: boolean
  quiet?: QuietHours
  /** Do not disturb until then, ms since 1970. */
  pausedUntil?: number
}

export const noSettings: NotificationSettings = { hideText: false }

/** A registered way to push to one browser, as its owner sees it. */
export interface PushDevice {
  id: string
  /** The log-in it ends with. */
  login: string
  current: boolean
  userAgent: string
  createdAt: number
}

/** What a push message holds; the service worker makes words of it. At most 3 KiB of JSON. */
export interface PushPayload {
  version: 1
  /** User id: a browser may have changed hands since. */
  account: string
  conversation: string
  kind: 'direct' | 'group' | 'channel'
  /** Of the conversation; in a direct one the sender's name. */
  title: string
  /** Newest message that it tells of. */
  seq: number
  at: number
  /** Unread messages of the conversation, and over all conversations. */
  count: number
  badge: number
  /** Absent when the account hides texts. */
  sender?: string
  text?: string
  /** What it is when it has no words of its own. */
  media?: 'image' | 'audio' | 'video'
}

/** Whether a name is one of the zones that Intl knows. */
export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  }
  catch {
    return false
  }
}

/** Minutes since midnight at a moment in a zone, by its rules of that day (summer time included). */
export function minuteOfDay(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(at)
  const part = (type: 'hour' | 'minute') => Number(parts.find(other => other.type === type)?.value ?? 0)
  return part('hour') * 60 + part('minute')
}

export function inQuietHours({ from, to, zone }: QuietHours, at: number): boolean {
  const minute = minuteOfDay(at, zone)
  if (from === to) return true
  return from < to ? minute >= from && minute < to : minute >= from || minute < to
}

/** Whether the account wants to hear nothing at this moment. */
export const isSilenced = ({ quiet, pausedUntil }: NotificationSettings, at: number): boolean =>
  (pausedUntil ?? 0) > at || (quiet !== undefined && inQuietHours(quiet, at))
