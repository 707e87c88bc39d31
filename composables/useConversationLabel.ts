import type { UserSummary } from '#parley/shared/model.ts'
import type { ConversationView } from '#parley/client/types.ts'

/** The other person of a direct conversation; undefined for groups and for notes to self. */
export function otherOf(view: ConversationView, me: string | undefined): UserSummary | undefined {
  return view.kind === 'direct' ? view.members.find(member => member.user.id !== me)?.user : undefined
}

/** Whether a conversation is the account's notes to itself. */
export function isSelf(view: ConversationView, me: string | undefined): boolean {
  return view.kind === 'direct' && view.memberCount <= 1 && otherOf(view, me) === undefined
}

/** What a conversation is called on screen; notes to self have no name of their own. */
export function conversationLabel(view: ConversationView, me: string | undefined, notesToSelf: string): string {
  return isSelf(view, me) ? notesToSelf : view.label
}

/** A count in little room: beyond 99 the exact number tells nobody anything. */
export function shortCount(count: number, format: (value: number) => string): string {
  return count > 99 ? `${format(99)}+` : format(count)
}
