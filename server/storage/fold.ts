/**
 * The form in which names and words are compared: NFKC and case-folded (PROTOCOL 11). Lower-casing alone would keep «ß» apart from
 * «SS» and a final «ς» apart from «σ», so the text goes through upper case first.
 */
export function foldText(text: string): string {
  const composed = text.normalize('NFKC')
  return composed.toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC')
}

/** Orders as UTF-8 bytes do, which is how databases compare text; `<` on strings compares UTF-16 units and differs beyond U+FFFF. */
export function compareText(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}
