import { mentionedAt, mentionPlaces, type RowMentions } from '#parley/composables/rich-text/mentions.ts'
import { cutText, type FoundPiece, type LinkPiece, trimAddress, webLinks } from '#parley/composables/timeline/message-text.ts'

export type RichPiece = { kind: 'text', text: string } | LinkPiece | { kind: 'mention', text: string, name?: string, own: boolean }

/** Begins at a word's start only and is short: it must not try each letter of a long text. */
const mail = /mailto:[^\s<>"'`\u3000-\u303F\uFF00-\uFFEF]+|(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}(?![\w-])/gi
/** Scripts that hold letters that look Latin, and accented Latin itself. */
const deceptive = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\u00C0-\u024F]/u

function mailLinks(text: string): FoundPiece<LinkPiece>[] {
  if (!text.includes('@')) return []
  return Array.from(text.matchAll(mail)).flatMap((match) => {
    const address = trimAddress(match[0])
    const written = /^mailto:/i.test(address) ? address : `mailto:${address}`
    if (!URL.canParse(written) || !new URL(written).pathname.includes('@')) return []
    return [{ start: match.index, piece: { kind: 'link', text: address, href: new URL(written).href } }]
  })
}

function links(text: string): FoundPiece<LinkPiece>[] {
  const web = webLinks(text).map(({ start, piece }) => {
    const shown = /^https?:\/\/([^/?#]*)/i.exec(piece.text)?.[1] ?? ''
    return { start, piece: deceptive.test(shown) ? { ...piece, host: new URL(piece.href).hostname } : piece }
  })
  return [...web, ...mailLinks(text)]
}

const overlaps = (start: number, end: number, all: readonly FoundPiece<RichPiece>[]): boolean => all.some(other => other.start < end && start < other.start + other.piece.text.length)

/** Splits a text at addresses of web and mail, and mentions; joined again the pieces are the text. */
export function richPieces(text: string, mentions?: RowMentions): RichPiece[] {
  const found: FoundPiece<RichPiece>[] = []
  for (const link of links(text)) if (!overlaps(link.start, link.start + link.piece.text.length, found)) found.push(link)
  for (const place of mentions === undefined ? [] : mentionPlaces(text)) {
    const hit = mentionedAt(place, mentions!)
    if (hit === undefined || overlaps(place.start, hit.end, found)) continue
    const who = hit.mentioned === 'all' ? { own: mentions!.own } : { name: hit.mentioned.name, own: hit.mentioned.own }
    found.push({ start: place.start, piece: { kind: 'mention', text: text.slice(place.start, hit.end), ...who } })
  }
  return cutText(text, found.sort((a, b) => a.start - b.start))
}

/** Parts of a text in which `_` and `*` are letters: addresses, and what has the form of a mention. */
export const opaqueRanges = (text: string): { start: number, end: number }[] =>
  [...links(text).map(({ start, piece }) => ({ start, end: start + piece.text.length })), ...mentionPlaces(text)]
