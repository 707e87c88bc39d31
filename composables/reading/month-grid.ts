/** Days of a calendar as `YYYY-MM-DD`, without a zone: which moment a day begins at is for the viewer's clock to say. */

const dayMs = 86_400_000
const utc = (day: string): Date => new Date(`${day}T00:00:00Z`)
const written = (date: Date): string => date.toISOString().slice(0, 10)

export const addDays = (day: string, days: number): string => written(new Date(utc(day).getTime() + days * dayMs))

/** The same day of another month, or its last one. */
export function addMonths(day: string, months: number): string {
  const date = utc(day)
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1))
  const length = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate()
  first.setUTCDate(Math.min(date.getUTCDate(), length))
  return written(first)
}

/** Weekday of a day counted from the first one of a week, 0–6. */
export const weekdayOf = (day: string, firstWeekday: number): number => (utc(day).getUTCDay() - firstWeekday + 7) % 7

/** The weeks that a month touches, each of seven days. */
export function monthWeeks(day: string, firstWeekday: number): string[][] {
  const first = `${day.slice(0, 7)}-01`
  const start = addDays(first, -weekdayOf(first, firstWeekday))
  const weeks: string[][] = []
  for (let week = start; week.slice(0, 7) <= day.slice(0, 7); week = addDays(week, 7)) weeks.push(Array.from({ length: 7 }, (_, index) => addDays(week, index)))
  return weeks
}

/** 0 = Sunday. Engines that do not know the week of a language get Monday, which most of the world begins with. */
export function firstWeekdayOf(locale: string): number {
  const info: { getWeekInfo?: () => { firstDay: number }, weekInfo?: { firstDay: number } } = new Intl.Locale(locale)
  return ((info.getWeekInfo?.() ?? info.weekInfo)?.firstDay ?? 1) % 7
}

/** When a day begins on the viewer's clock, ms since 1970. */
export function dayStart(day: string): number {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date).getTime()
}
