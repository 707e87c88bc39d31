import type { RowMentions } from '#parley/composables/timeline/mentions.ts'
import { mentionedAt, mentionPlaces } from '#parley/composables/timeline/mentions.ts'

/** Message text as it is shown: pieces of plain text, links and mentions, nothing that a browser could run (X25). */

export type TextPiece
  = | { kind: 'text', text: string }
    /** `host` when the address is written with letters that are easily taken for others: how it really reads. */
    | { kind: 'link', text: string, href: string, host?: string }
    | { kind: 'mention', text: string, name?: string, own: boolean }

const address = String.raw`(?:https?:\/\/|mailto:)[^\s<>"'\u0060\u3000-\u303F\uFF00-\uFFEF\u2018-\u201F]+`
/** Begins at a word's start only and is short: it must not try each letter of a long text. */
const mailbox = String.raw`(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}(?![\w-])`
const candidate = new RegExp(`${address}|${mailbox}`, 'giu')
const trailing = /[.,:;!?*_~]$/
const pairs: Record<string, string> = { ')': '(', ']': '[', '}': '{' }
/** Scripts that hold letters that look Latin, and accented Latin itself. */
const deceptive = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\u00C0-\u024F]/u

/** A sentence's full stop, a mark or a closing bracket is not part of the address, unless the address opened that bracket. */
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

function linkOf(text: string): Extract<TextPiece, { kind: 'link' }> | undefined {
  const written = /^(?:https?|mailto):/i.test(text) ? text : `mailto:${text}`
  if (!URL.canParse(written)) return undefined
  const { protocol, hostname, href, pathname } = new URL(written)
  if (protocol === 'mailto:') return pathname.includes('@') ? { kind: 'link', text, href } : undefined
  if ((protocol !== 'http:' && protocol !== 'https:') || hostname === '') return undefined
  const shown = /^https?:\/\/([^/?#]*)/i.exec(text)?.[1] ?? ''
  return deceptive.test(shown) ? { kind: 'link', text, href, host: hostname } : { kind: 'link', text, href }
}

interface Found { start: number, end: number, piece: TextPiece }

function links(text: string): Found[] {
  if (!/:\/\/|@|mailto:/i.test(text)) return []
  return Array.from(text.matchAll(candidate)).flatMap((match): Found[] => {
    const shown = trimAddress(match[0])
    const piece = linkOf(shown)
    return piece === undefined ? [] : [{ start: match.index, end: match.index + shown.length, piece }]
  })
}

/** Splits a text at its addresses and mentions; joined again the pieces are the text. */
export function textPieces(text: string, mentions?: RowMentions): TextPiece[] {
  const found = links(text)
  for (const place of mentions === undefined ? [] : mentionPlaces(text)) {
    const hit = mentionedAt(place, mentions!)
    if (hit === undefined || found.some(({ start, end }) => start < hit.end && place.start < end)) continue
    const who = hit.mentioned === 'all' ? { own: mentions!.own } : { name: hit.mentioned.name, own: hit.mentioned.own }
    found.push({ start: place.start, end: hit.end, piece: { kind: 'mention', text: text.slice(place.start, hit.end), ...who } })
  }
  const pieces: TextPiece[] = []
  let from = 0
  for (const { start, end, piece } of found.sort((a, b) => a.start - b.start)) {
    if (start > from) pieces.push({ kind: 'text', text: text.slice(from, start) })
    pieces.push(piece)
    from = end
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from) })
  return pieces
}

/** Parts of a text in which `_` and `*` are letters: addresses, and what has the form of a mention. */
export const opaqueRanges = (text: string): { start: number, end: number }[] => [...links(text), ...mentionPlaces(text)]

/** Attributes of a link in a message: opens elsewhere and gives nothing away (X26). */
export const linkAttributes = (piece: Extract<TextPiece, { kind: 'link' }>, tab: boolean) => ({
  'href': piece.href,
  'target': '_blank',
  'rel': 'noopener noreferrer nofollow',
  'tabindex': tab ? 0 : -1,
  'data-host': piece.host,
})

/** Whether a text may hold forms at all; only then is the parser worth loading. */
export const hasForms = (text: string): boolean => /[*_~`\\]|^ {0,3}>|^ *(?:-|\d{1,3}[.)]) +\S/m.test(text)

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
