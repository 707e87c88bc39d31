import type { ConversationView } from '#parley/client/types.ts'
import { foldText } from '#parley/shared/fold.ts'
import type { UserSummary } from '#parley/shared/model.ts'
import { limits } from '#parley/shared/protocol/index.ts'

/** Whether `@all` is the user's to use here (S9); the server decides again. */
export const mayMentionAll = ({ role, memberCount, kind }: Pick<ConversationView, 'role' | 'memberCount' | 'kind'>): boolean =>
  kind !== 'direct' && (role === 'owner' || role === 'admin' || memberCount <= limits.mentionAllMembers)

/** Members whose username, name or a word of the name begins like the query; a name that begins so goes first. */
export function mentionOptions(members: readonly UserSummary[], query: string, most: number): UserSummary[] {
  const wanted = foldText(query)
  const rank = ({ username, displayName }: UserSummary): number => {
    const name = foldText(displayName)
    if (name.startsWith(wanted) || foldText(username).startsWith(wanted)) return 0
    return name.split(/[\s·・._-]+/u).some(word => word.startsWith(wanted)) ? 1 : 2
  }
  return members.map(user => ({ user, rank: rank(user) })).filter(each => each.rank < 2).sort((a, b) => a.rank - b.rank).slice(0, most).map(({ user }) => user)
}
