import { describe, expect, it } from 'vitest'
import { advanced, entryOf, readUpTo, refreshed } from '#parley/client/conversation-entry.ts'
import type { ConversationSummary, LogEvent } from '#parley/shared/model.ts'

const summary = (fields: Partial<ConversationSummary>): ConversationSummary => ({
  id: 'c', kind: 'group', title: '', members: [], memberCount: 2, head: 0, readSeq: 0, unread: 0, mentions: 0, role: 'member', notify: 'all', pinned: false, hidden: false,
  createdAt: 0, ...fields,
})
const message = (seq: number): LogEvent => ({ kind: 'message', seq, cid: `cid-${seq}`, sender: 'other', at: 0, content: { type: 'text', text: 'x' } })

describe('unread counts of this device', () => {
  it('[W3] counts on from its own counts when a list was answered before the own read arrived', () => {
    const known = entryOf(summary({ head: 9, readSeq: 4, unread: 5 }), 'me')
    const fresh = refreshed(known, summary({ head: 13, readSeq: 0, unread: 13 }), 'me')
    const caughtUp = [10, 11, 12, 13].reduce((entry, seq) => advanced(entry, message(seq), 'me'), fresh)
    expect(caughtUp.summary).toMatchObject({ head: 13, readSeq: 4, unread: 9 })
  })

  it('believes a read position beyond what has arrived here, and does not count what another device has read', () => {
    const known = entryOf(summary({ head: 3, unread: 3 }), 'me')
    const { entry } = readUpTo(known, 5, () => undefined)
    const caughtUp = [4, 5, 6].reduce((next, seq) => advanced(next, message(seq), 'me'), entry)
    expect(caughtUp.summary).toMatchObject({ readSeq: 5, unread: 1 })
  })

  it('brings an answer that is older than the events since up to them', () => {
    const known = advanced(entryOf(summary({ head: 9, unread: 9 }), 'me'), message(10), 'me')
    const fresh = refreshed(known, summary({ head: 9, unread: 8 }), 'me', { since: [message(10)] })
    expect(fresh.summary).toMatchObject({ head: 10, unread: 9 })
  })
})
