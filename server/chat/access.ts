import { mayCarry, sameAttachment } from '#parley/shared/attachments.ts'
import type { Attachment, Content, ConversationKind, LogEvent, MemberRole } from '#parley/shared/model.ts'
import { limits } from '#parley/shared/protocol/index.ts'
import type { RejectCode } from '#parley/shared/protocol/index.ts'
import type { LogChange } from '#parley/server/chat/ports.ts'

/** The only place that decides who may do what (S8, S9, PROTOCOL 11). Pure: stores read the facts inside their transaction and ask. */

/** The event that an edit, delete, reaction or reply points to, as it stands now. */
export interface TargetFacts {
  kind: LogEvent['kind']
  sender: string
  deleted: boolean
  at: number
}

/** The user that a `member` change is about. Absent from the facts: no such user, or disabled and not a member. */
export interface SubjectFacts {
  /** Undefined: not a member. */
  role?: MemberRole
  lastOwner: boolean
  /** They have blocked the actor. */
  refuses?: boolean
  /** May not come back by themselves. */
  banned?: boolean
}

/** What the verdict depends on, read in the committing transaction (S8). */
export interface Facts {
  actor: string
  /** Undefined: no such conversation. */
  conversation?: { kind: ConversationKind, closed: boolean, public?: boolean }
  /** Of the actor. Undefined: not a member. */
  role?: MemberRole
  /** The actor brings an invite to this conversation that counts now. */
  invited?: boolean
  /** Undefined: the change has no target, or nothing has that seq. */
  target?: TargetFacts
  subject?: SubjectFacts
  /** The file that the content names, as it was uploaded. Undefined: there is none that the actor uploaded or may read. */
  attachment?: Attachment
  /** The account of the actor has ended and takes its messages with it. */
  closing?: true | undefined
  /** The other member of a direct conversation has blocked the actor (S9). */
  blocked: boolean
  /** Messages that are pinned already, without the target. */
  pins?: number
  /** Ms since 1970. */
  now: number
  /** S8: ms; undefined = no limit. */
  recallLimit?: number
  /** The same for edits. */
  editLimit?: number
  /** The actor is a member who may not write here before then, ms since 1970. */
  mutedUntil?: number
  /** An act of the server's admins or policies, or of a webhook. */
  authority?: 'server' | 'bot'
}

export interface Refusal { code: RejectCode, message: string }

const refuse = (code: RejectCode, message: string): Refusal => ({ code, message })

const leads = (role: MemberRole | undefined): boolean => role === 'owner' || role === 'admin'

function judgeContent(content: Content, { attachment }: Facts): Refusal | undefined {
  if (content.type === 'text' || content.type === 'custom') return undefined
  if (!attachment) return refuse('attachment_missing', 'there is no such attachment')
  // What is said of a file is what was found in it: a page that calls itself a picture would be shown as one.
  const fits = sameAttachment(attachment, content.attachment) && mayCarry(content.type, attachment.mime)
  return fits ? undefined : refuse('bad_content', 'the attachment is not as its upload was answered')
}

function judgeMessage(change: Extract<LogChange, { kind: 'message' }>, facts: Facts): Refusal | undefined {
  if (facts.conversation?.kind === 'channel' && !leads(facts.role)) return refuse('forbidden', 'only the owner and admins send in a channel')
  if (change.replyTo !== undefined && facts.target?.kind !== 'message') return refuse('bad_target', 'there is no message at replyTo')
  return judgeContent(change.content, facts)
}

const isLate = (target: TargetFacts, now: number, limit: number | undefined): boolean => limit !== undefined && now - target.at > limit

function judgeEdit(change: Extract<LogChange, { kind: 'edit' }>, facts: Facts): Refusal | undefined {
  const { target } = facts
  if (target?.kind !== 'message') return refuse('bad_target', 'there is no message at target')
  if (target.sender !== facts.actor) return refuse('forbidden', 'only the author edits a message')
  if (target.deleted) return refuse('bad_target', 'the message was deleted')
  if (isLate(target, facts.now, facts.editLimit)) return refuse('forbidden', 'the time to edit the message is over')
  return judgeContent(change.content, facts)
}

function judgeDelete(facts: Facts): Refusal | undefined {
  const { target, recallLimit } = facts
  if (target?.kind !== 'message') return refuse('bad_target', 'there is no message at target')
  if (leads(facts.role)) return undefined
  if (target.sender !== facts.actor) return refuse('forbidden', 'only the author and admins delete a message')
  return isLate(target, facts.now, recallLimit) ? refuse('forbidden', 'the time to take the message back is over') : undefined
}

/** O7: who may change a conversation pins in it; in a direct one both do. */
function judgeMeta({ pin }: Extract<LogChange, { kind: 'meta' }>, { conversation, role, target, pins = 0 }: Facts): Refusal | undefined {
  if (!leads(role) && !(pin && conversation?.kind === 'direct')) return refuse('forbidden', 'only the owner and admins change a conversation')
  if (!pin) return undefined
  if (target?.kind !== 'message' || (pin.on && target.deleted)) return refuse('bad_target', 'there is no message to pin')
  return pin.on && pins >= limits.pins ? refuse('forbidden', `no more than ${limits.pins} messages are pinned`) : undefined
}

function judgeReaction(facts: Facts): Refusal | undefined {
  return facts.target?.kind === 'message' ? undefined : refuse('bad_target', 'there is no message at target')
}

/** Says no more than that somebody is not to be had: whoever is blocked need not know by whom (S9). */
const notToBeAdded = refuse('forbidden', 'that user cannot be added by you')

/**
 * Whether somebody may begin a conversation with these people, or put them into one.
 *
 * @param refusing how many of them have blocked the one who asks
 */
export const judgeGathering = (refusing: number): Refusal | undefined => refusing > 0 ? notToBeAdded : undefined

/** An account that has ended takes its own messages with it, also from where it is no member any more. */
function judgeClosing(change: LogChange, { actor, target }: Facts): Refusal | undefined {
  const own = change.kind === 'delete' && target?.kind === 'message' && target.sender === actor
  return own ? undefined : refuse('forbidden', 'an account that has ended only deletes what it wrote')
}

function judgeJoin(role: MemberRole | undefined, facts: Facts): Refusal | undefined {
  if (!leads(facts.role)) return refuse('forbidden', 'only the owner and admins invite')
  if (role === 'owner' && facts.role !== 'owner') return refuse('forbidden', 'only an owner makes owners')
  if (!facts.subject) return refuse('bad_target', 'there is no such user')
  if (facts.subject.refuses && !facts.subject.role) return notToBeAdded
  return facts.subject.role ? refuse('bad_target', 'that user is a member already') : undefined
}

function judgeRemoval(facts: Facts): Refusal | undefined {
  if (!leads(facts.role)) return refuse('forbidden', 'only the owner and admins remove others')
  if (!facts.subject?.role) return refuse('bad_target', 'that user is not a member')
  return facts.subject.role === 'owner' && facts.role !== 'owner' ? refuse('forbidden', 'only an owner removes owners') : undefined
}

function judgeRole(role: MemberRole | undefined, facts: Facts): Refusal | undefined {
  if (!leads(facts.role)) return refuse('forbidden', 'only the owner and admins change roles')
  if (!facts.subject?.role || !role) return refuse('bad_target', 'that user is not a member')
  const touchesOwner = facts.subject.role === 'owner' || role === 'owner'
  if (touchesOwner && facts.role !== 'owner') return refuse('forbidden', 'only an owner makes and changes owners')
  return facts.subject.lastOwner && role !== 'owner' ? refuse('forbidden', 'a conversation keeps an owner') : undefined
}

function judgeMember(change: Extract<LogChange, { kind: 'member' }>, facts: Facts): Refusal | undefined {
  if (facts.conversation?.kind === 'direct') return refuse('forbidden', 'the members of a direct conversation do not change')
  switch (change.change) {
    case 'join': return judgeJoin(change.role, facts)
    case 'leave': return isLeaving(change, facts.actor) ? undefined : judgeRemoval(facts)
    case 'role': return judgeRole(change.role, facts)
  }
}

const isLeaving = (change: LogChange, actor: string): boolean => change.kind === 'member' && change.change === 'leave' && change.user === actor

/**
 * Whether a stranger may let themselves in, as a plain member: by an invite, or because the conversation is public. Whoever may not
 * learns nothing, also not that the conversation is there (S8).
 */
function mayEnter(change: LogChange, { actor, conversation, invited, subject }: Facts): boolean {
  if (!conversation || conversation.kind === 'direct' || conversation.closed || !(invited === true || conversation.public === true)) return false
  return change.kind === 'member' && change.change === 'join' && change.user === actor && (change.role ?? 'member') === 'member' && subject?.banned !== true
}

/** What a mute takes away: writing, editing and reacting, but not taking back what one has said. */
const isMuted = (change: LogChange, { role, mutedUntil, now }: Facts): boolean =>
  mutedUntil !== undefined && mutedUntil > now && !leads(role) && (change.kind === 'message' || change.kind === 'edit' || change.kind === 'reaction')

/** An act of the server itself: only what it would make of the log is looked at. */
function judgeAuthority(change: LogChange, { conversation, target, subject }: Facts): Refusal | undefined {
  if (!conversation) return refuse('not_found', 'there is no such conversation')
  if (change.kind === 'delete') return target?.kind === 'message' ? undefined : refuse('bad_target', 'there is no message at target')
  if (change.kind !== 'member') return undefined
  if (conversation.kind === 'direct') return refuse('forbidden', 'the members of a direct conversation do not change')
  if (!subject) return refuse('bad_target', 'there is no such user')
  const joined = subject.role !== undefined
  return joined === (change.change !== 'join') ? undefined : refuse('bad_target', joined ? 'that user is a member already' : 'that user is not a member')
}

/** A webhook posts texts to its conversation while that is open, and does nothing else. */
function judgeBot(change: LogChange, { conversation }: Facts): Refusal | undefined {
  if (!conversation || conversation.kind === 'direct') return refuse('not_found', 'there is no such conversation')
  if (conversation.closed) return refuse('conversation_closed', 'the conversation is closed')
  return change.kind === 'message' && change.content.type === 'text' && change.replyTo === undefined ? undefined : refuse('forbidden', 'a webhook posts texts')
}

/** Who makes, sees and ends webhooks of a conversation. */
export const mayManageHooks = (role: MemberRole): boolean => leads(role)

/** Who may keep a member from writing for a time, or from coming back: whoever could remove them. */
export const mayModerate = (role: MemberRole, subject: MemberRole): boolean => leads(role) && (subject !== 'owner' || role === 'owner')

/** Who gives out invites to a conversation, and sees and revokes those of others. */
export const mayInvite = (role: MemberRole): boolean => leads(role)

/**
 * Judges one change.
 *
 * @returns why it is refused; undefined when it may be carried out
 */
export function judge(change: LogChange, facts: Facts): Refusal | undefined {
  if (facts.closing && facts.conversation) return judgeClosing(change, facts)
  if (facts.authority === 'server') return judgeAuthority(change, facts)
  if (facts.authority === 'bot') return judgeBot(change, facts)
  // One answer for a stranger and for a conversation that does not exist: else ids could be probed (S8, X11).
  if (mayEnter(change, facts) && !facts.role) return undefined
  if (!facts.conversation || !facts.role) return refuse('not_found', 'there is no such conversation')
  if (facts.conversation.closed && !isLeaving(change, facts.actor)) return refuse('conversation_closed', 'the conversation is closed')
  if (facts.conversation.kind === 'direct' && facts.blocked) return refuse('forbidden', 'the other user does not take messages from you')
  if (isMuted(change, facts)) return refuse('forbidden', 'you are muted here for a time')
  switch (change.kind) {
    case 'message': return judgeMessage(change, facts)
    case 'edit': return judgeEdit(change, facts)
    case 'delete': return judgeDelete(facts)
    case 'reaction': return judgeReaction(facts)
    case 'member': return judgeMember(change, facts)
    case 'meta': return judgeMeta(change, facts)
  }
}

/** Whether `@all` of this actor reaches everybody (S9): in a large conversation it needs an admin, else it is plain text. */
export const mayMentionAll = (role: MemberRole | undefined, memberCount: number): boolean =>
  leads(role) || memberCount <= limits.mentionAllMembers
