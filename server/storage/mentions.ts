import type { Content } from '#parley/shared/model.ts'
import { codePointLength, limits } from '#parley/shared/protocol/index.ts'
import { foldText } from '#parley/shared/fold.ts'

/**
 * An `@` inside a Latin word or number is an e-mail address, not a mention; after a Han character it is one, since Chinese is written
 * without spaces.
 */
const mention = /(?<![\p{Script=Latin}\p{N}._-])@([\p{L}\p{N}\p{M}._-]+)/gu

/** What stands after an `@` in a text. */
type MentionCandidate
  = | { all: true }
    /** Comparable names, most wanted first: with its trailing dots, then without, since a dot also ends a sentence. */
    | { all: false, names: string[] }

function candidate(raw: string): MentionCandidate {
  const trimmed = raw.replace(/\.+$/u, '')
  if (foldText(trimmed) === 'all') return { all: true }
  const names: string[] = []
  for (let length = raw.length; length >= trimmed.length; length--) names.push(foldText(raw.slice(0, length)))
  return { all: false, names: names.filter(name => codePointLength(name) >= limits.usernameMin) }
}

/** The mentions that a content's text may hold, in order (S9); who they are, and whether they are members, is for the store to find. */
function mentionCandidates(content: Content): MentionCandidate[] {
  const { text } = content
  // NFKC first: Chinese input methods type a full-width «＠».
  if (text === undefined || !/[@＠﹫]/u.test(text)) return []
  const raws = new Set(Array.from(text.normalize('NFKC').matchAll(mention), match => match[1] ?? ''))
  return [...raws].map(candidate)
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
