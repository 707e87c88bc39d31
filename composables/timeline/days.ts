/** Days and their words, in the viewer's zone and language (U-T2, U-A5). Nothing here holds text of its own: Intl has the words. */

/** All zones lie on quarters of an hour, so one quarter never spans two days. */
const quarter = 15 * 60_000

/**
 * Makes the function from a time (ms since 1970) to its day, `YYYY-MM-DD`. Intl costs about 2 µs a call, which 100,000 rows would turn
 * into a visible pause: the answers are kept per quarter of an hour.
 */
export function createDayOf(timeZone?: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  const known = new Map<number, string>()
  return (at) => {
    const bucket = Math.floor(at / quarter)
    let day = known.get(bucket)
    if (day === undefined) {
      if (known.size > 50_000) known.clear()
      day = format.format(bucket * quarter)
      known.set(bucket, day)
    }
    return day
  }
}

const dayOfs = new Map<string, (at: number) => string>()

/** The same for all that ask for a zone: to make a format costs more than a screen of days. Undefined: this browser's own. */
export function dayOfZone(zone: string | undefined): (at: number) => string {
  const dayOf = dayOfs.get(zone ?? '') ?? createDayOf(zone)
  dayOfs.set(zone ?? '', dayOf)
  return dayOf
}

const noonOf = (day: string): number => Date.parse(`${day}T12:00:00Z`)
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`
  let format = formats.get(key)
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, options)
    formats.set(key, format)
  }
  return format
}

/** Days from one to another, both `YYYY-MM-DD`. Of the calendar: a day of 23 hours counts like any other. */
export const daysBetween = (from: string, to: string): number => Math.round((noonOf(to) - noonOf(from)) / 86_400_000)

/** Today, Yesterday, a weekday within the last week, else the date; the year only where it is another (U-T2). */
export function dayLabel(day: string, today: string, locale: string): string {
  const noon = noonOf(day)
  const distance = daysBetween(today, day)
  if (distance === 0 || distance === -1) {
    const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(distance, 'day')
    return words.charAt(0).toLocaleUpperCase(locale) + words.slice(1)
  }
  if (distance < 0 && distance > -7) return formatOf(locale, { weekday: 'long', timeZone: 'UTC' }).format(noon)
  const sameYear = day.slice(0, 4) === today.slice(0, 4)
  return formatOf(locale, { year: sameYear ? undefined : 'numeric', month: 'long', day: 'numeric', weekday: sameYear ? 'short' : undefined, timeZone: 'UTC' }).format(noon)
}
