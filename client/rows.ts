import type { MessageRow, NoticeRow } from '#parley/client/types.ts'
import type { OutboxEntry } from '#parley/client/outbox.ts'
import type { Content, DeleteEvent, EditEvent, MemberEvent, Message, MessageLogEvent, MetaEvent, Reaction, ReactionEvent } from '#parley/shared/model.ts'

/** Rows are immutable: a change is a new object, and no change is the same object, so that a view redraws only what differs. */

export type ConfirmedMessage = MessageRow & { seq: number }
export type ConfirmedRow = ConfirmedMessage | NoticeRow
export type ChangeEvent = EditEvent | DeleteEvent | ReactionEvent

/** The row of a committed message, as the log tells it. */
export function rowOfEvent(event: MessageLogEvent, account: string): ConfirmedMessage {
  const { cid, seq, sender, at, content, replyTo, mentions } = event
  return {
    kind: 'message', cid, seq, sender, at, mine: sender === account, reactions: [],
    ...(content === undefined || event.deleted ? { deletedAt: at } : { content }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(mentions === undefined ? {} : { mentions }),
  }
}

/** The row of a message as history gives it: edits, reactions and deletion applied (Y3). */
export const rowOfMessage = (message: Message, account: string): ConfirmedMessage => ({ kind: 'message', mine: message.sender === account, ...message })

export const noticeRow = (event: MemberEvent | MetaEvent, account: string): NoticeRow => ({
  kind: event.kind, cid: event.cid, seq: event.seq, sender: event.sender, mine: event.sender === account, at: event.at, event,
})

/** The row of an own op that is not confirmed yet. */
export function rowOfEntry(entry: OutboxEntry, account: string): MessageRow | undefined {
  const { op, status, madeAt } = entry
  if (op.type !== 'send') return undefined
  return {
    kind: 'message', cid: op.cid, sender: account, mine: true, at: madeAt, content: op.content, reactions: [],
    ...(op.replyTo === undefined ? {} : { replyTo: op.replyTo }),
    ...(status.name === 'failed' ? { state: 'failed', failure: status.code } : { state: status.name === 'sending' ? 'sending' : 'queued' }),
  }
}

/** A message row after an event that aims at it. Deletion is final: an edit that is replayed later must not bring content back. */
export function changedRow(row: ConfirmedMessage, event: ChangeEvent): ConfirmedMessage {
  if (row.deletedAt !== undefined && event.kind !== 'delete') return row
  switch (event.kind) {
    case 'edit': return event.content === undefined ? row : withEdit(row, event.content, event)
    case 'delete': return withDeletion(row, event)
    case 'reaction': {
      const reactions = withReaction(row.reactions, event.emoji, event.sender, event.on)
      return reactions === row.reactions ? row : { ...row, reactions }
    }
  }
}

function withEdit(row: ConfirmedMessage, content: Content, event: EditEvent): ConfirmedMessage {
  const { mentions: _replaced, ...rest } = row
  return { ...rest, content, editedAt: event.at, ...(event.mentions === undefined ? {} : { mentions: event.mentions }) }
}

function withDeletion(row: ConfirmedMessage, event: DeleteEvent): ConfirmedMessage {
  if (row.deletedBy !== undefined) return row // whoever came first removed it; a second delete is acknowledged but tells nothing new (S9)
  const { content: _erased, mentions: _gone, ...rest } = row
  // By the server's retention nobody has deleted it.
  return { ...rest, reactions: [], deletedAt: event.at, ...(event.reason === 'expired' ? {} : { deletedBy: event.sender }) }
}

/** Reactions in the order in which they came; the same array when nothing changes. */
function withReaction(reactions: Reaction[], emoji: string, user: string, on: boolean): Reaction[] {
  const found = reactions.find(reaction => reaction.emoji === emoji)
  if ((found?.users.includes(user) ?? false) === on) return reactions
  if (found === undefined) return [...reactions, { emoji, users: [user] }]
  const users = on ? [...found.users, user] : found.users.filter(other => other !== user)
  return users.length === 0 ? reactions.filter(reaction => reaction !== found) : reactions.map(reaction => reaction === found ? { emoji, users } : reaction)
}

/** A row with the own changes that the server has not confirmed: an own reaction shows at once, an edit or deletion is marked. */
export function overlaidRow(row: MessageRow, entries: readonly OutboxEntry[], account: string): MessageRow {
  let shown = row
  for (const { op, status } of entries) {
    if (op.type === 'send') continue
    // A refused one is taken back.
    if (op.type === 'react' && status.name === 'failed') continue
    if (op.type === 'react') shown = { ...shown, reactions: withReaction(shown.reactions, op.emoji, account, op.on) }
    else if (status.name === 'failed') shown = { ...shown, changeFailure: status.code, ...(op.type === 'edit' ? { changeContent: op.content } : {}) }
    else shown = { ...shown, changing: true }
  }
  return shown
}
