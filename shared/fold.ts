/**
 * The form in which names and words are compared: NFKC and case-folded (PROTOCOL 11). Lower-casing alone would keep «ß» apart from
 * «SS», so the text goes through upper case first. Names and search fold whole names and single characters; folding a longer text at
 * once would let its neighbours decide the form of a Greek sigma.
 */
export const foldText = (text: string): string => text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
