import type { ConfirmedMessage } from '#parley/client/rows.ts'
import type { Watermarks } from '#parley/client/timeline-window.ts'
import type { ConversationView, MessageRow } from '#parley/client/types.ts'
import type { Account, ConversationSummary, Member, Message } from '#parley/shared/model.ts'

/** What the list shows of a conversation, derived from the summary and from what only this device knows. Pure. */

/** Title, or the other's name, or the own name for notes to self. */
function labelOf(summary: ConversationSummary, account: Account): string {
  if (summary.title !== '') return summary.title
  const other = summary.members.find(member => member.user.id !== account.id)
  return (other?.user ?? account).displayName
}

/**
 * How far the others are. In a direct conversation that is the one other; in a group the one furthest behind, so that ✓✓ means
 * everyone. Where not all members are known here (over 50), nobody can be spoken for: nothing beyond `sent`.
 */
export function watermarksOf(summary: ConversationSummary, account: string): Watermarks {
  const others = summary.members.filter(member => member.user.id !== account)
  if (others.length === 0 || summary.memberCount > summary.members.length) return { delivered: 0, read: 0 }
  return {
    delivered: Math.min(...others.map(member => Math.max(member.deliveredSeq, member.readSeq))),
    read: Math.min(...others.map(member => member.readSeq)),
  }
}

/** Receipts only grow, whichever of two answers is the older one (R18). */
export function mergeMembers(known: readonly Member[], fresh: readonly Member[]): Member[] {
  return fresh.map((member) => {
    const before = known.find(other => other.user.id === member.user.id)
    if (before === undefined) return member
    return { ...member, readSeq: Math.max(member.readSeq, before.readSeq), deliveredSeq: Math.max(member.deliveredSeq, before.deliveredSeq) }
  })
}

export interface DeviceView {
  last: ConfirmedMessage | undefined
  /** Newest own row that is not confirmed. */
  pending: MessageRow | undefined
  failed: boolean
  draft: string | undefined
  draftFiles: readonly string[]
}

export function viewOf(summary: ConversationSummary, account: Account, device: DeviceView): ConversationView {
  const last = device.pending ?? device.last
  const { lastMessage: _older, ...rest } = summary
  return {
    ...rest,
    ...(device.last === undefined ? {} : { lastMessage: messageOf(device.last) }),
    label: labelOf(summary, account),
    activeAt: Math.max(summary.createdAt, device.last?.at ?? 0, device.pending?.at ?? 0),
    ...(last === undefined ? {} : { last }),
    failed: device.failed,
    ...(device.draft === undefined ? {} : { draft: device.draft }),
    ...(device.draftFiles.length === 0 ? {} : { draftFiles: device.draftFiles }),
  }
}

/** Pinned first, then the most lately active (U-C1); ties by id, so that the order never flickers. */
export function inListOrder(a: ConversationView, b: ConversationView): number {
  if (a.pinned !== b.pinned) return a.pinned ? -1 : 1
  if (a.activeAt !== b.activeAt) return b.activeAt - a.activeAt
  return a.id < b.id ? -1 : 1
}

function messageOf(row: ConfirmedMessage): Message {
  const { kind: _kind, mine: _mine, state: _state, failure: _failure, changing: _changing, changeFailure: _refused, ...message } = row
  return message
}
