import { changedRow, rowOfEvent, rowOfMessage } from '#parley/client/rows.ts'
import type { ConfirmedMessage } from '#parley/client/rows.ts'
import { mergeMembers } from '#parley/client/conversation-view.ts'
import type { ConversationSummary, LogEvent, MemberEvent, Pin } from '#parley/shared/model.ts'

/** What this device knows of one conversation: the server's summary, moved on by the events since. */
export interface ConversationEntry {
  readonly summary: ConversationSummary
  readonly last: ConfirmedMessage | undefined
  /** Last seq that `unread` and `mentions` account for. */
  readonly countedTo: number
}

/** Counts of a conversation whose unread rows are all held; undefined otherwise. */
export type ExactCount = (readSeq: number) => { unread: number, mentions: number } | undefined

export function entryOf(summary: ConversationSummary, account: string): ConversationEntry {
  const last = summary.lastMessage === undefined ? undefined : rowOfMessage(summary.lastMessage, account)
  return { summary, last, countedTo: summary.head }
}

/** Seq above which messages are unread: the read position, or what lies before the user's own mark (PROTOCOL 8). */
export const unreadAbove = ({ readSeq, unreadFrom }: ConversationSummary): number => unreadFrom === undefined ? readSeq : Math.min(readSeq, unreadFrom - 1)

/**
 * Whether the counts of an answer are not those of now: the own `read` had not reached the server yet, or it brings a mark and is older
 * than what was counted here.
 */
export const isBehind = (fresh: ConversationSummary, known: ConversationEntry): boolean =>
  fresh.readSeq < known.summary.readSeq || (fresh.head < known.countedTo && fresh.unreadFrom !== known.summary.unreadFrom)

/**
 * The entry after a fresh summary. The answer may be older than what events told meanwhile: each part comes from whoever knows more
 * (R12); read positions only grow (R18).
 *
 * @param how.since events that came while the answer was under way: they bring its counts up to what is known here
 * @param how.overtaken another summary came meanwhile: titles and own settings, which no seq orders, stay as it told them
 */
export function refreshed(known: ConversationEntry, fresh: ConversationSummary, account: string, how: { since?: readonly LogEvent[], overtaken?: boolean } = {}): ConversationEntry {
  const { since = [], overtaken = false } = how
  const next = since.filter(event => event.seq > fresh.head).reduce((entry, event) => advanced(entry, event, account), entryOf(fresh, account))
  return mergedEntry(known, next, overtaken)
}

/**
 * What a page came with, joined with what the device kept of the same conversation. A page names a few members only where the device knows
 * them all.
 */
export function joinedEntry(kept: ConversationEntry, shown: ConversationEntry): ConversationEntry {
  const entry = mergedEntry(kept, shown, false)
  const { members } = shown.summary
  if (members.length >= shown.summary.memberCount || members.length >= kept.summary.members.length) return entry
  return { ...entry, summary: { ...entry.summary, members: mergeMembers(members, kept.summary.members) } }
}

function mergedEntry(known: ConversationEntry, next: ConversationEntry, overtaken: boolean): ConversationEntry {
  const fresh = next.summary
  const newer = next.countedTo >= known.countedTo
  const counts = newer && !isBehind(fresh, known) ? next : known
  const last = newer || (next.last?.seq ?? 0) > (known.last?.seq ?? 0) ? next.last : known.last
  const summary = { ...(overtaken ? known.summary : next.summary), readSeq: Math.max(fresh.readSeq, known.summary.readSeq) }
  const none = counts === known && unreadAbove(summary) >= known.countedTo
  return {
    summary: {
      ...summary,
      ...(newer ? {} : loggedOf(known.summary)),
      members: mergeMembers(known.summary.members, next.summary.members),
      head: Math.max(next.summary.head, known.summary.head),
      unread: none ? 0 : counts.summary.unread,
      mentions: none ? 0 : counts.summary.mentions,
      hidden: overtaken ? known.summary.hidden : next.summary.hidden && (last?.seq ?? 0) <= next.summary.head,
    },
    last,
    countedTo: counts.countedTo,
  }
}

/** What events tell of a conversation; all of it, so that what was taken away stays away. */
const loggedOf = ({ title, topic, avatar, closed, public: isPublic, pins }: ConversationSummary): Partial<ConversationSummary> => ({ title, topic, avatar, closed, public: isPublic, pins })

/** The entry after one more event of the log; each event is given once and in order. */
export function advanced(known: ConversationEntry, event: LogEvent, account: string): ConversationEntry {
  const counts = event.seq > known.countedTo ? counted(known.summary, event, account) : {}
  const summary = { ...known.summary, ...counts, ...described(known.summary, event), head: Math.max(known.summary.head, event.seq) }
  return { summary, last: lastAfter(known.last, event, account), countedTo: Math.max(known.countedTo, event.seq) }
}

/** Unread = others' not deleted messages after the read position or from the own mark on; edits, reactions and joins never count (PROTOCOL 8). */
function counted(summary: ConversationSummary, event: LogEvent, account: string): Partial<ConversationSummary> {
  if (event.kind !== 'message' || event.sender === account || event.deleted === true || event.seq <= unreadAbove(summary)) return {}
  return { unread: summary.unread + 1, mentions: summary.mentions + (event.mentions?.includes(account) === true ? 1 : 0) }
}

function described(summary: ConversationSummary, event: LogEvent): Partial<ConversationSummary> {
  if (event.kind === 'member') return { ...withMember(summary, event) }
  // A new message brings a hidden conversation back; one that its summary knows already does not.
  if (event.kind === 'message' && event.seq > summary.head) return { hidden: false }
  if (event.kind !== 'meta') return { pins: pinsAfter(summary.pins, event) }
  const { title, topic, avatar, closed, public: isPublic } = event
  return {
    ...(title === undefined ? {} : { title }),
    ...(topic === undefined ? {} : { topic }),
    ...(avatar === undefined ? {} : { avatar }),
    ...(closed === undefined ? {} : { closed }),
    ...(isPublic === undefined ? {} : { public: isPublic }),
    pins: pinsAfter(summary.pins, event),
  }
}

/** O7: the one pinned last comes last; a deleted message loses its pin, an edited one is told apart from what was read of it before. */
function pinsAfter(pins: Pin[] | undefined, event: LogEvent): Pin[] | undefined {
  if (event.kind === 'meta' && event.pin !== undefined) {
    const { seq, on } = event.pin
    const others = (pins ?? []).filter(pin => pin.seq !== seq)
    return on ? [...others, { seq, by: event.sender, at: event.at }] : others
  }
  if (event.kind === 'delete') return pins?.filter(pin => pin.seq !== event.target)
  if (event.kind === 'edit') return pins?.map(pin => pin.seq === event.target ? { ...pin, editedAt: event.at } : pin)
  return pins
}

/** A join names someone whose name is not in the event: the caller fetches the summary again. */
function withMember(summary: ConversationSummary, event: MemberEvent): Partial<ConversationSummary> {
  if (event.change === 'leave') {
    const members = summary.members.filter(member => member.user.id !== event.user)
    return { members, memberCount: summary.memberCount - (summary.members.length - members.length) }
  }
  if (event.change === 'join' || event.role === undefined) return {}
  const { role } = event
  return { members: summary.members.map(member => member.user.id === event.user ? { ...member, role } : member) }
}

function lastAfter(last: ConfirmedMessage | undefined, event: LogEvent, account: string): ConfirmedMessage | undefined {
  if (event.kind === 'message') return event.seq > (last?.seq ?? 0) ? rowOfEvent(event, account) : last
  if (event.kind === 'member' || event.kind === 'meta' || last?.seq !== event.target) return last
  return changedRow(last, event)
}

/**
 * The entry after the own read position moved, be it beyond what has arrived here: another device may be ahead, and what it has read
 * must not count as unread when it comes. `sure: false` means that only the server can tell the counts.
 */
export function readUpTo(known: ConversationEntry, seq: number, exact: ExactCount): { entry: ConversationEntry, sure: boolean } {
  const readSeq = Math.max(known.summary.readSeq, seq)
  const above = unreadAbove({ ...known.summary, readSeq })
  // What the user marked stays unread, however far they read.
  if (above === unreadAbove(known.summary)) return { entry: { ...known, summary: { ...known.summary, readSeq } }, sure: true }
  const counts = above >= known.countedTo ? { unread: 0, mentions: 0 } : exact(above)
  return { entry: { ...known, summary: { ...known.summary, readSeq, ...counts } }, sure: counts !== undefined }
}

/** The entry after a member's receipt. */
export function receipted(known: ConversationEntry, user: string, marks: { read?: number, delivered?: number }): ConversationEntry {
  const members = known.summary.members.map((member) => {
    if (member.user.id !== user) return member
    const readSeq = Math.max(member.readSeq, marks.read ?? 0)
    return { ...member, readSeq, deliveredSeq: Math.max(member.deliveredSeq, marks.delivered ?? 0, readSeq) }
  })
  return { ...known, summary: { ...known.summary, members } }
}
