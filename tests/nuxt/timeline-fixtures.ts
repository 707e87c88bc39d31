import type { ConversationView, MessageRow, NoticeRow, Row, TimelineSnapshot } from '#parley/client/types.ts'
import type { Account, UserSummary } from '#parley/shared/model.ts'

/** Made-up people, rows and snapshots for component tests. */
export const account: Account = { id: 'me', username: 'chen', displayName: '陈晓', role: 'member' }
const people = new Map<string, UserSummary>([['lin', { id: 'lin', username: 'lin', displayName: '林小雨' }], ['maya', { id: 'maya', username: 'maya', displayName: 'Maya' }]])
export const users = (id: string): UserSummary | undefined => people.get(id)

export const conversation = (more: Partial<ConversationView> = {}): ConversationView => ({
  id: 'room', kind: 'group', title: 'Room', label: 'Room', members: [], memberCount: 3, head: 0, readSeq: 0, unread: 0, mentions: 0, role: 'member', notify: 'all', pinned: false,
  hidden: false, createdAt: 0, activeAt: 0, failed: false, ...more,
})

export const message = (seq: number, sender: string, text: string, more: Partial<MessageRow> = {}): MessageRow => ({
  kind: 'message', cid: `cid-${seq}`, seq, sender, mine: sender === 'me', at: Date.UTC(2026, 10, 22, 12) + seq * 1_000, content: { type: 'text', text }, reactions: [],
  ...(sender === 'me' ? { state: 'sent' as const } : {}), ...more,
})

export const local = (cid: string, text: string, more: Partial<MessageRow> = {}): MessageRow => {
  const { seq: _, ...row } = message(0, 'me', text, { cid, state: 'queued', at: Date.now(), ...more })
  return row
}

export const joined = (seq: number, user: string): NoticeRow => {
  const event = { kind: 'member', seq, cid: `cid-${seq}`, sender: 'maya', at: Date.UTC(2026, 10, 22, 12) + seq * 1_000, user, change: 'join' } as const
  return { kind: 'member', cid: event.cid, seq, sender: 'maya', mine: false, at: event.at, event }
}

export const snapshot = (rows: readonly Row[], more: Partial<TimelineSnapshot> = {}): TimelineSnapshot =>
  ({ conversation: 'room', rows, status: 'ready', hasOlder: false, hasNewer: false, loadingOlder: false, loadingNewer: false, generation: 1, ...more })
