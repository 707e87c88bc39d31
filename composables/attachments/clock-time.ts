/** Length of a recording as clocks write it (`0:07`, `12:30`), in the digits of a language. */
export function clockTime(locale: string, seconds: number): string {
  const two = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2, useGrouping: false })
  const whole = new Intl.NumberFormat(locale, { useGrouping: false })
  const rounded = Math.max(0, Math.floor(seconds))
  return `${whole.format(Math.floor(rounded / 60))}:${two.format(rounded % 60)}`
}
