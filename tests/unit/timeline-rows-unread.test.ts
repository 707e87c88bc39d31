import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { MessageRow, Row } from '#parley/client/types.ts'
import type { Announcement } from '#parley/composables/timeline/announcements.ts'
import { createAnnouncer } from '#parley/composables/timeline/announcements.ts'
import { countAbove, firstUnread, nextDivider } from '#parley/composables/timeline/unread-divider.ts'
import { permissionsOf } from '#parley/composables/timeline/permissions.ts'

const message = (seq: number, more: Partial<MessageRow> = {}): MessageRow =>
  ({ kind: 'message', cid: `m${seq}`, seq, sender: 'a', mine: false, at: seq, content: { type: 'text', text: 'x' }, reactions: [], ...more })

describe('[U-R2] unread divider', () => {
  it('is fixed by what is unread at opening', () => {
    expect(nextDivider({}, { type: 'opened', unread: 3, readSeq: 7 })).toEqual({ after: 7 })
    expect(nextDivider({}, { type: 'opened', unread: 0, readSeq: 7 })).toEqual({})
    expect(nextDivider({}, { type: 'opened', unread: 0, readSeq: 7, unreadFrom: 5 })).toEqual({ after: 4 })
  })

  it.each([
    ['at the end and attentive: nothing', {}, { away: false, seen: 10 }, {}],
    ['away, nothing marked: before the first new', {}, { away: true, seen: 10 }, { after: 11 }],
    ['away, all above seen: moves', { after: 5 }, { away: true, seen: 10 }, { after: 11 }],
    ['away, older unread not seen: stays', { after: 5 }, { away: true, seen: 8 }, { after: 5 }],
    ['present with a line: stays until sending or leaving', { after: 5 }, { away: false, seen: 10 }, { after: 5 }],
  ])('new messages, %s', (_, state, step, expected) => {
    expect(nextDivider(state, { type: 'arrived', first: 12, previous: 10, ...step })).toEqual(expected)
  })

  it('goes when the user sends, and catch-up of an opening sets it', () => {
    expect(nextDivider({ after: 5 }, { type: 'sent' })).toEqual({})
    expect(nextDivider({}, { type: 'caught-up', first: 12 })).toEqual({ after: 11 })
  })

  it('stands before the first message of others that is not deleted', () => {
    const rows: Row[] = [message(7), message(8, { mine: true }), message(9, { deletedAt: 1 }), message(10), message(11)]
    expect(firstUnread(rows, 7, true)).toEqual({ place: 'row', cid: 'm10', seq: 10 })
    expect(firstUnread(rows, 11, true)).toEqual({ place: 'none' })
    expect(firstUnread(rows, undefined, false)).toEqual({ place: 'none' })
  })

  it('is not put at the edge of what is loaded when the first unread lies above it', () => {
    expect(firstUnread([message(50), message(51)], 7, true)).toEqual({ place: 'above' })
    expect(firstUnread([message(50), message(51)], 7, false)).toEqual({ place: 'row', cid: 'm50', seq: 50 })
  })

  it('[U-S2] the counter counts others’ messages below, never own ones', () => {
    const { seq: _, ...local } = message(14, { mine: true })
    expect(countAbove([message(10), message(11), message(12, { mine: true }), message(13), local], 10)).toBe(2)
  })
})

describe('[U-A2] announcements', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it('speaks at once, then at most once a second and summed up', () => {
    const said: Announcement[] = []
    const announcer = createAnnouncer(announcement => said.push(announcement))
    announcer.hear([{ sender: 'a', text: 'one' }])
    expect(said).toEqual([{ kind: 'one', sender: 'a', text: 'one' }])
    for (const sender of ['a', 'b', 'b', 'a', 'b']) announcer.hear([{ sender, text: 'more' }])
    vi.advanceTimersByTime(999)
    expect(said).toHaveLength(1)
    vi.advanceTimersByTime(1)
    expect(said[1]).toEqual({ kind: 'many', count: 5, people: 2 })
    vi.advanceTimersByTime(5_000)
    announcer.hear([{ sender: 'b', text: 'last' }])
    expect(said[2]).toEqual({ kind: 'one', sender: 'b', text: 'last' })
    announcer.dispose()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('[U-M1] only what is allowed is offered', () => {
  const group = { kind: 'group', role: 'member' } as const
  it.each([
    ['own stored text', message(1, { mine: true }), group, { react: true, reply: true, copy: true, forward: true, edit: true, remove: true }],
    ['another’s', message(1), group, { react: true, reply: true, copy: true, forward: true, edit: false, remove: false }],
    ['another’s, as admin', message(1), { kind: 'group', role: 'admin' } as const, { react: true, reply: true, copy: true, forward: true, edit: false, remove: true }],
    ['another’s in a direct conversation', message(1), { kind: 'direct', role: 'owner' } as const, { react: true, reply: true, copy: true, forward: true, edit: false, remove: false }],
    ['in a channel, as member', message(1), { kind: 'channel', role: 'member' } as const, { react: true, reply: false, copy: true, forward: true, edit: false, remove: false }],
    ['in a closed conversation', message(1, { mine: true }), { ...group, closed: true }, { react: false, reply: false, copy: true, forward: true, edit: false, remove: false }],
    ['deleted', message(1, { mine: true, content: undefined, deletedAt: 1 }), group, { react: false, reply: false, copy: false, forward: false, edit: false, remove: false }],
    ['not acknowledged', { ...message(1, { mine: true }), seq: undefined }, group, { react: false, reply: false, copy: true, forward: false, edit: false, remove: false }],
  ])('%s', (_, row, conversation, expected) => {
    expect(permissionsOf(row, conversation)).toEqual(expected)
  })
})
