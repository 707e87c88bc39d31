/** Message text as it is shown: pieces of plain text and links, nothing that a browser could run (X25). */

export type LinkPiece
  /** `host` when the address is written with letters that are easily taken for others: how it really reads. */
  = { kind: 'link', text: string, href: string, host?: string }
export type TextPiece = { kind: 'text', text: string } | LinkPiece

const candidate = /https?:\/\/[^\s<>"'`\u3000-\u303F\uFF00-\uFFEF\u2018-\u201F]+/gi
const trailing = /[.,:;!?*_~]$/
const pairs: Record<string, string> = { ')': '(', ']': '[', '}': '{' }

/** A sentence's full stop, a mark or a closing bracket is not part of the address, unless the address opened that bracket. */
export function trimAddress(address: string): string {
  let kept = address
  for (;;) {
    const lastChar = kept.at(-1) ?? ''
    const opener = pairs[lastChar]
    const unbalanced = opener !== undefined && kept.split(opener).length < kept.split(lastChar).length
    if (!trailing.test(kept) && !unbalanced) return kept
    kept = kept.slice(0, -1)
  }
}

/** A part of a text that is not plain. */
export interface FoundPiece<P extends { text: string }> { start: number, piece: P }

/** The http and https addresses of a text. */
export function webLinks(text: string): FoundPiece<LinkPiece>[] {
  return Array.from(text.matchAll(candidate)).flatMap((match) => {
    const address = trimAddress(match[0])
    if (!URL.canParse(address)) return []
    const { protocol, hostname, href } = new URL(address)
    return (protocol === 'http:' || protocol === 'https:') && hostname !== '' ? [{ start: match.index, piece: { kind: 'link', text: address, href } }] : []
  })
}

/** A text cut at pieces that do not overlap; joined again it is the text. */
export function cutText<P extends { text: string }>(text: string, found: readonly FoundPiece<P>[]): (P | { kind: 'text', text: string })[] {
  const pieces: (P | { kind: 'text', text: string })[] = []
  let from = 0
  for (const { start, piece } of found) {
    if (start > from) pieces.push({ kind: 'text', text: text.slice(from, start) })
    pieces.push(piece)
    from = start + piece.text.length
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from) })
  return pieces
}

/** Splits a text at its addresses; joined again the pieces are the text. */
export const textPieces = (text: string): TextPiece[] => cutText(text, webLinks(text))

/** Attributes of a link in a message: opens elsewhere and gives nothing away (X26). */
export const linkAttributes = ({ href, host }: LinkPiece, tab: boolean) =>
  ({ href, 'target': '_blank', 'rel': 'noopener noreferrer nofollow', 'tabindex': tab ? 0 : -1, 'data-host': host })

/**
 * Whether a text may hold more than words and web addresses: forms, mentions, mail addresses, hosts in other letters. Only then what shows
 * those is worth loading.
 */
export const hasForms = (text: string): boolean => /[*_~`\\@＠﹫]|mailto:|:\/\/[\w.-]*[^\s!-~]|^ {0,3}>|^ *(?:-|\d{1,3}[.)]) +\S/im.test(text)

/** Browsers without the `v` flag show small emoji; a literal would stop the whole module from loading there. */
function emojiPattern(): RegExp | undefined {
  try {
    return new RegExp('^(?:\\p{RGI_Emoji}\\s*){1,3}$', 'v')
  }
  catch {
    return undefined
  }
}
const emojiOnly = emojiPattern()

/** One to three emoji and nothing else are shown large (U-T5). */
export const isEmojiOnly = (text: string): boolean => text.length <= 120 && emojiOnly?.test(text.trim()) === true

/** Longer texts are collapsed behind "Show more" (U-T5): more than about a phone's screen. */
export function isLongText(text: string): boolean {
  if (text.length > 1_400) return true
  let lines = 1
  for (let at = text.indexOf('\n'); at !== -1 && lines <= 18; at = text.indexOf('\n', at + 1)) lines++
  return lines > 18
}

/** Signs around words that a line without forms would only stumble over. */
const paired = /(\*\*|~~|`+)(\S(?:.{0,200}?\S)?)\1/g
/** The fence of a code block, and the language behind it. */
const fences = /(^|\s)`{3,}[\w+#.-]*(?:\s|$)/g
export const withoutSigns = (text: string): string => text.replace(fences, '$1').replace(paired, '$2').trim()

/** One line for a quote, a label or a list; never the whole of a pasted log. */
export function textSummary(text: string, length = 160): string {
  const line = withoutSigns(text.slice(0, length * 4).replace(/\s+/g, ' ')).trim()
  if (line.length <= length) return line // no more points than units
  const points = [...line]
  return points.length > length ? `${points.slice(0, length).join('')}…` : line
}
