import { dayOfZone, daysBetween } from '#parley/composables/timeline/days.ts'

/** Times in words. `zone` is that of the viewer where it is not this machine's own, which it is on a server. */

const formats = new Map<string, Intl.DateTimeFormat>()
function format(locale: string, at: number, options: Intl.DateTimeFormatOptions): string {
  // Building a formatter costs more than using it a hundred times, and a list has many rows.
  const key = locale + JSON.stringify(options)
  const kept = formats.get(key) ?? new Intl.DateTimeFormat(locale, options)
  formats.set(key, kept)
  return kept.format(at)
}

/** Neighbours in a timeline share their minute, and to format it costs as much as to make the rest of a row's text. */
function byMinute(locale: string, at: number, zone: string | undefined, kept: Map<string, string>, options: Intl.DateTimeFormatOptions): string {
  const key = `${locale} ${zone ?? ''} ${Math.floor(at / 60_000)}`
  const known = kept.get(key)
  if (known !== undefined) return known
  if (kept.size >= 500) kept.clear()
  const text = format(locale, at, zone === undefined ? options : { ...options, timeZone: zone })
  kept.set(key, text)
  return text
}

const clockTimes = new Map<string, string>()
const fullTimes = new Map<string, string>()

/** 14:32, in the 24-hour form that both languages read at a glance. */
export function clockTime(locale: string, at: number, zone?: string): string {
  return byMinute(locale, at, zone, clockTimes, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
}

const yesterdays = new Map<string, string>()
function yesterday(locale: string): string {
  const word = yesterdays.get(locale) ?? capitalised(locale, new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-1, 'day'))
  yesterdays.set(locale, word)
  return word
}

/** Time of a row in the list (U-C2): the clock today, then Yesterday, the weekday for a week, the date, with the year when it is another. */
export function smartTime(locale: string, at: number, now: number, zone?: string): string {
  const dayOf = dayOfZone(zone)
  const [day, today] = [dayOf(at), dayOf(now)]
  const days = daysBetween(day, today)
  if (days <= 0) return clockTime(locale, at, zone)
  if (days === 1) return yesterday(locale)
  const timeZone = zone === undefined ? {} : { timeZone: zone }
  if (days < 7) return format(locale, at, { weekday: 'short', ...timeZone })
  if (day.slice(0, 4) === today.slice(0, 4)) return format(locale, at, { day: 'numeric', month: 'short', ...timeZone })
  return format(locale, at, { day: 'numeric', month: 'numeric', year: 'numeric', ...timeZone })
}

/** The full date and time, for tooltips and readers. */
export function fullTime(locale: string, at: number, zone?: string): string {
  return byMinute(locale, at, zone, fullTimes, { dateStyle: 'full', timeStyle: 'short' })
}

function capitalised(locale: string, text: string): string {
  return text.slice(0, 1).toLocaleUpperCase(locale) + text.slice(1)
}

/** "5 minutes ago", "昨天": how long ago something was, in the largest unit that fits. */
export function agoTime(locale: string, at: number, now: number): string {
  const seconds = Math.max(0, (now - at) / 1_000)
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  if (seconds < 3_600) return relative.format(-Math.max(1, Math.floor(seconds / 60)), 'minute')
  if (seconds < 86_400) return relative.format(-Math.floor(seconds / 3_600), 'hour')
  return relative.format(-Math.floor(seconds / 86_400), 'day')
}
