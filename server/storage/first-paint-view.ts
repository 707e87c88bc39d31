import type { ConversationSummary, Message } from '#parley/shared/model.ts'
import type { HistoryResult } from '#parley/server/chat/ports.ts'

/** Members that a conversation of the list comes with: enough to name a direct one. */
export const listedMembers = 2

/** A conversation as the list needs it. */
export const listed = (summary: ConversationSummary): ConversationSummary => ({ ...summary, members: summary.members.slice(0, listedMembers) })

const usersOfMessage = ({ sender, deletedBy, reactions }: Message): string[] => [sender, ...(deletedBy === undefined ? [] : [deletedBy]), ...reactions.flatMap(({ users }) => users)]

export const namedInNotices = (notices: HistoryResult['notices']): string[] => notices.flatMap(event => event.kind === 'member' ? [event.sender, event.user] : [event.sender])

/** Who is named in a first view and is not among the members that it lists. */
export function namedUsers(conversations: readonly ConversationSummary[], page: HistoryResult | undefined): string[] {
  const messages = [...conversations.flatMap(({ lastMessage }) => lastMessage ?? []), ...page?.messages ?? []]
  const members = new Set(conversations.flatMap(summary => summary.members.map(({ user }) => user.id)))
  return [...new Set([...messages.flatMap(usersOfMessage), ...namedInNotices(page?.notices ?? [])])].filter(id => !members.has(id))
}
