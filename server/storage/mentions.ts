import type { Content } from '#parley/shared/model.ts'
import { limits } from '#parley/shared/protocol/index.ts'
import { foldText } from '#parley/server/storage/fold.ts'

/**
 * An `@` inside a Latin word or number is an e-mail address, not a mention; after a Han character it is one, since Chinese is written
 * without spaces.
 */
const mention = /(?<![\p{Script=Latin}\p{N}._-])@([\p{L}\p{N}\p{M}._-]+)/gu

/** What stands after an `@` in a text. */
export type MentionCandidate
  = | { all: true }
    /** Comparable names, most wanted first: with its trailing dots, then without, since a dot also ends a sentence. */
    | { all: false, names: string[] }

function candidate(raw: string): MentionCandidate {
  const trimmed = raw.replace(/\.+$/u, '')
  if (trimmed === 'all') return { all: true }
  const names: string[] = []
  for (let name = raw; name.length >= trimmed.length; name = name.slice(0, -1)) {
    if (name.length >= limits.usernameMin && [...name].length <= limits.usernameMax) names.push(name)
    if (!name.endsWith('.')) break
  }
  return { all: false, names }
}

/** The mentions that a content's text may hold, in order (S9); who they are, and whether they are members, is for the store to find. */
export function mentionCandidates(content: Content): MentionCandidate[] {
  const text = content.text
  // NFKC first: Chinese input methods type a full-width «＠».
  if (text === undefined || !/[@＠﹫]/u.test(text)) return []
  const candidates = new Map<string, MentionCandidate>()
  for (const [, raw] of foldText(text).matchAll(mention)) {
    if (raw !== undefined && !candidates.has(raw)) candidates.set(raw, candidate(raw))
  }
  return [...candidates.values()]
}

/** What {@link resolveMentions} asks of an adapter. */
export interface MentionDirectory {
  /** Id of the member with this comparable name. */
  memberByName(name: string): string | undefined
  /** All members, in the order in which they joined; empty when `@all` is not the actor's to use (access.ts). */
  everyone(): readonly string[]
}

/** User ids that a content mentions, in order of appearance, each once; undefined when there are none (S9). */
export function resolveMentions(content: Content, directory: MentionDirectory): string[] | undefined {
  const found = new Set<string>()
  for (const mentioned of mentionCandidates(content)) {
    if (mentioned.all) {
      for (const user of directory.everyone()) found.add(user)
      continue
    }
    for (const name of mentioned.names) {
      const user = directory.memberByName(name)
      if (user === undefined) continue
      found.add(user)
      break
    }
  }
  return found.size > 0 ? [...found] : undefined
}
