/** Orders as UTF-8 bytes do, which is how databases compare text; `<` on strings compares UTF-16 units and differs beyond U+FFFF. */
export function compareText(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}
