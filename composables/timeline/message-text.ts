/** Message text as it is shown: pieces of plain text and links, nothing that a browser could run (X25). */

export type TextPiece = { kind: 'text', text: string } | { kind: 'link', text: string, href: string }

const candidate = /https?:\/\/[^\s<>"'`\u3000-\u303F\uFF00-\uFFEF\u2018-\u201F]+/gi
const trailing = /[.,:;!?]$/
const pairs: Record<string, string> = { ')': '(', ']': '[', '}': '{' }

/** A sentence's full stop or closing bracket is not part of the address, unless the address opened that bracket. */
function trimAddress(address: string): string {
  let kept = address
  for (;;) {
    const lastChar = kept.at(-1) ?? ''
    const opener = pairs[lastChar]
    const unbalanced = opener !== undefined && kept.split(opener).length < kept.split(lastChar).length
    if (!trailing.test(kept) && !unbalanced) return kept
    kept = kept.slice(0, -1)
  }
}

function hrefOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '' ? url.href : undefined
}

/** Splits a text at its http and https addresses; joined again the pieces are the text. */
export function textPieces(text: string): TextPiece[] {
  const pieces: TextPiece[] = []
  let from = 0
  for (const match of text.matchAll(candidate)) {
    const address = trimAddress(match[0])
    const href = hrefOf(address)
    if (href === undefined) continue
    if (match.index > from) pieces.push({ kind: 'text', text: text.slice(from, match.index) })
    pieces.push({ kind: 'link', text: address, href })
    from = match.index + address.length
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from) })
  return pieces
}

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

/** One line for a quote, a label or a list; never the whole of a pasted log. */
export function textSummary(text: string, length = 160): string {
  const line = text.slice(0, length * 4).replace(/\s+/g, ' ').trim()
  if (line.length <= length) return line // no more points than units
  const points = [...line]
  return points.length > length ? `${points.slice(0, length).join('')}…` : line
}
