import { foldText } from '#parley/shared/fold.ts'

/** Someone whom a text mentions, as a row shows them. */
export interface Mentioned { id: string, name: string, own: boolean }

/** Whom the server found in a message (S9). `all`: more people than the names in it tell, so `@all` was used with permission. */
export interface RowMentions { byName: ReadonlyMap<string, Mentioned>, all: boolean, own: boolean }

/** The server's pattern (S9) over the text as typed, so that places in it stay right: Chinese input methods type a full-width «＠». */
const pattern = /(?<![\p{Script=Latin}\p{N}._-])[@＠﹫]([\p{L}\p{N}\p{M}._-]+)/gu
const sign = /[@＠﹫]/u

export interface MentionPlace { start: number, end: number, name: string }

/** Every place of a text that has the form of a mention. */
export function mentionPlaces(text: string): MentionPlace[] {
  if (!sign.test(text)) return []
  return Array.from(text.matchAll(pattern), match => ({ start: match.index, end: match.index + match[0].length, name: match[1] ?? '' }))
}

const isAll = (name: string): boolean => foldText(name) === 'all'

/** What a place mentions, and where it ends: a trailing full stop belongs to the sentence unless the name has it. */
export function mentionedAt({ start, name }: MentionPlace, mentions: RowMentions): { end: number, mentioned: Mentioned | 'all' } | undefined {
  for (let length = name.length; length > 0; length--) {
    const shown = name.slice(0, length)
    const mentioned = mentions.byName.get(foldText(shown))
    if (mentioned !== undefined) return { end: start + 1 + length, mentioned }
    if (mentions.all && isAll(shown)) return { end: start + 1 + length, mentioned: 'all' }
    if (name[length - 1] !== '.') return undefined
  }
  return undefined
}

/** The mentions of a row, by the names that its text uses; undefined when there are none. */
export function rowMentions(ids: readonly string[] | undefined, text: string, user: (id: string) => { username: string, displayName: string } | undefined, own: string): RowMentions | undefined {
  if (ids === undefined || ids.length === 0) return undefined
  const byName = new Map<string, Mentioned>()
  for (const id of ids) {
    const found = user(id)
    if (found !== undefined) byName.set(foldText(found.username), { id, name: found.displayName, own: id === own })
  }
  const mentions = { byName, all: true, own: ids.includes(own) }
  const hits = mentionPlaces(text).map(place => mentionedAt(place, mentions)?.mentioned)
  const named = new Set(hits.map(hit => typeof hit === 'object' ? hit.id : undefined))
  return { ...mentions, all: hits.includes('all') && ids.some(id => !named.has(id)) }
}
