const formats = new Map<string, Intl.NumberFormat>()

/** A number as the language writes it. The format is kept: to make one costs as much as to render five rows. */
export function numberText(locale: string, value: number): string {
  const format = formats.get(locale) ?? new Intl.NumberFormat(locale)
  formats.set(locale, format)
  return format.format(value)
}
