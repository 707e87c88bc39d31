/** A size as people read it, in decimal units as file managers show it: "1.4 MB". */
export function fileSize(locale: string, bytes: number): string {
  const [value, unit] = bytes < 1_000 ? [bytes, 'byte'] : bytes < 1_000_000 ? [bytes / 1_000, 'kilobyte'] : bytes < 1_000_000_000 ? [bytes / 1_000_000, 'megabyte'] : [bytes / 1_000_000_000, 'gigabyte']
  return new Intl.NumberFormat(locale, { style: 'unit', unit: String(unit), unitDisplay: unit === 'byte' ? 'long' : 'short', maximumFractionDigits: 1 }).format(Number(value))
}
