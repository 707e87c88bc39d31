import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MessageRow, NoticeRow, Row } from '#parley/client/types.ts'
import { createDayOf, dayLabel } from '#parley/composables/timeline/days.ts'
import type { DisplayItem, DisplayOptions } from '#parley/composables/timeline/display-items.ts'
import { displayItems, rowOfSeq } from '#parley/composables/timeline/display-items.ts'

const minute = 60_000
const noon = Date.UTC(2026, 10, 22, 12)
const utc: DisplayOptions = { dayOf: createDayOf('UTC') }

const message = (seq: number, sender: string, at: number, more: Partial<MessageRow> = {}): MessageRow =>
  ({ kind: 'message', cid: `m${seq}`, seq, sender, mine: sender === 'me', at, content: { type: 'text', text: `text ${seq}` }, reactions: [], ...more })
const join = (seq: number, at: number): NoticeRow =>
  ({ kind: 'member', cid: `n${seq}`, seq, sender: 'a', mine: false, at, event: { kind: 'member', cid: `n${seq}`, seq, sender: 'a', at, user: 'b', change: 'join' } })

/** Compact form: `[` and `]` mark the first and the last message of a group. */
const shape = (items: readonly DisplayItem[]): string => items.map((item) => {
  if (item.kind === 'message') return `${item.first ? '[' : ''}${item.key}${item.last ? ']' : ''}`
  return item.kind === 'notices' ? `(${item.rows.map(row => row.cid).join(' ')})` : item.kind
}).join(' ')

describe('[U-T1] grouping', () => {
  it.each<[string, Row[], Partial<DisplayOptions>, string]>([
    ['one sender within 5 minutes', [message(1, 'a', noon), message(2, 'a', noon + 5 * minute)], {}, 'day [m1 m2]'],
    ['a silence over 5 minutes', [message(1, 'a', noon), message(2, 'a', noon + 5 * minute + 1)], {}, 'day [m1] [m2]'],
    ['another sender', [message(1, 'a', noon), message(2, 'b', noon)], {}, 'day [m1] [m2]'],
    ['midnight', [message(1, 'a', noon + 12 * 60 * minute - 1), message(2, 'a', noon + 12 * 60 * minute)], {}, 'day [m1] day [m2]'],
    ['the unread line', [message(1, 'a', noon), message(2, 'a', noon)], { dividerBefore: 'm2' }, 'day [m1] divider [m2]'],
    ['a hole', [message(1, 'a', noon), message(9, 'a', noon)], { gapBefore: 9 }, 'day [m1] gap [m9]'],
    ['a reply', [message(1, 'a', noon), message(2, 'a', noon, { replyTo: 1 }), message(3, 'a', noon)], {}, 'day [m1] [m2 m3]'],
    ['a notice between', [message(1, 'a', noon), join(2, noon), message(3, 'a', noon)], {}, 'day [m1] (n2) [m3]'],
    ['a deleted message stays in its group', [message(1, 'a', noon), message(2, 'a', noon, { deletedAt: noon, content: undefined })], {}, 'day [m1 m2]'],
  ])('%s', (_, rows, options, expected) => {
    expect(shape(displayItems(rows, { ...utc, ...options }).items)).toBe(expected)
  })

  it('[U-T7] collapses three and more notices in a row into one item, and not two', () => {
    const rows = [join(1, noon), join(2, noon), message(3, 'a', noon), join(4, noon), join(5, noon), join(6, noon)]
    expect(shape(displayItems(rows, utc).items)).toBe('day (n1) (n2) [m3] (n4 n5 n6)')
  })

  it('[U-T7] keeps a run of many joins in items of bounded size', () => {
    const items = displayItems(Array.from({ length: 1_000 }, (_, i) => join(i + 1, noon)), utc).items
    for (const item of items) if (item.kind === 'notices') expect(item.rows.length).toBeLessThanOrEqual(40)
    expect(items.flatMap(item => item.kind === 'notices' ? item.rows : [])).toHaveLength(1_000)
  })
})

describe('[U-T2] days', () => {
  // 2026-11-22 15:30 UTC is already the 23rd in Shanghai and still the 22nd in Los Angeles.
  it.each([['Asia/Shanghai', '2026-11-22', '2026-11-23'], ['America/Los_Angeles', '2026-11-22', '2026-11-22'], ['Asia/Kolkata', '2026-11-22', '2026-11-22'], ['Pacific/Chatham', '2026-11-23', '2026-11-23']])('the day of a message is the viewer’s: %s', (zone, first, second) => {
    const dayOf = createDayOf(zone)
    expect([dayOf(Date.UTC(2026, 10, 22, 15, 30)), dayOf(Date.UTC(2026, 10, 22, 16, 5))]).toEqual([first, second])
  })

  it('agrees with Intl at every quarter of an hour over a change of clocks', () => {
    const dayOf = createDayOf('America/New_York')
    const exact = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York', year: 'numeric', month: '2-digit', day: '2-digit' })
    for (let at = Date.UTC(2026, 9, 31); at < Date.UTC(2026, 10, 3); at += 7 * minute) expect(dayOf(at)).toBe(exact.format(at))
  })

  it.each([
    ['2026-11-22', 'Today', '今天'],
    ['2026-11-21', 'Yesterday', '昨天'],
    ['2026-11-18', 'Wednesday', '星期三'],
    ['2026-01-05', 'Mon, January 5', '1月5日周一'],
    ['2025-12-31', 'December 31, 2025', '2025年12月31日'],
  ])('%s is called %s / %s', (day, en, zh) => {
    expect(dayLabel(day, '2026-11-22', 'en')).toBe(en)
    expect(dayLabel(day, '2026-11-22', 'zh-CN')).toBe(zh)
  })

  it('[U-D4] a device clock that is a day behind puts no older day under newer messages', () => {
    const rows = [message(1, 'a', noon), { ...message(2, 'me', noon - 30 * 60 * minute), seq: undefined }]
    expect(shape(displayItems(rows, utc).items)).toBe('day [m1] [m2]')
  })
})

describe('incremental lists', () => {
  const rowArbitrary = fc.record({ sender: fc.constantFrom('a', 'b', 'me'), gap: fc.constantFrom(0, minute, 6 * minute, 13 * 60 * minute), notice: fc.boolean(), reply: fc.boolean() })
  const build = (parts: { sender: string, gap: number, notice: boolean, reply: boolean }[], from: number): Row[] => {
    let at = noon
    return parts.map((part, i) => {
      at += part.gap
      return part.notice ? join(from + i, at) : message(from + i, part.sender, at, part.reply ? { replyTo: 1 } : {})
    })
  }
  const list = fc.array(rowArbitrary, { maxLength: 12 })

  it('equal those built from nothing, whatever is replaced where', () => {
    fc.assert(fc.property(list, list, list, list, fc.boolean(), (head, old, fresh, tail, edits) => {
      const base = [...build(head, 1), ...build(old, 100), ...build(tail, 300)]
      const kept = base.slice(0, head.length)
      const last = edits ? kept.at(-1) : undefined
      if (last?.kind === 'message') kept[kept.length - 1] = { ...last, editedAt: noon }
      const next = [...kept, ...build(fresh, 200), ...base.slice(head.length + old.length)]
      const incremental = displayItems(next, utc, displayItems(base, utc))
      const whole = displayItems(next, utc)
      expect(incremental.items).toEqual(whole.items)
      expect(incremental.starts).toEqual(whole.starts)
    }), { numRuns: 400 })
  })

  it('keep the identity of every item that did not change', () => {
    const rows = Array.from({ length: 1_000 }, (_, i) => message(i + 1, i % 3 === 0 ? 'a' : 'b', noon + i * minute))
    const before = displayItems(rows, utc)
    const appended = displayItems([...rows, message(1_001, 'c', noon + 1_001 * minute)], utc, before)
    expect(appended.items.filter((item, i) => item !== before.items[i]).length).toBeLessThanOrEqual(2)
    const older = Array.from({ length: 25 }, (_, i) => message(i - 30, 'a', noon - 60 * minute + i))
    const prepended = displayItems([...older, ...rows], utc, before)
    const kept = new Set(before.items)
    expect(prepended.items.filter(item => !kept.has(item)).length).toBeLessThanOrEqual(27)
    expect(displayItems(rows, utc, before)).toBe(before)
  })

  it('[U-D3] an acknowledged row keeps its key', () => {
    const local = { ...message(2, 'me', noon), seq: undefined, state: 'sending' as const }
    const before = displayItems([message(1, 'a', noon), local], utc)
    const after = displayItems([message(1, 'a', noon), { ...local, seq: 2, state: 'sent' as const }], utc, before)
    expect(after.items.at(-1)?.key).toBe(before.items.at(-1)?.key)
  })

  it('[U-D4] a foreign message goes before own unconfirmed ones without new keys', () => {
    const own = { ...message(9, 'me', noon), seq: undefined }
    const before = displayItems([message(1, 'a', noon), own], utc)
    expect(shape(displayItems([message(1, 'a', noon), message(2, 'b', noon), own], utc, before).items)).toBe('day [m1] [m2] [m9]')
  })
})

it('finds rows by seq, and none for the seq of an edit', () => {
  const rows: Row[] = [message(2, 'a', noon), message(5, 'a', noon), { ...message(9, 'me', noon), seq: undefined }]
  expect([rowOfSeq(rows, 2)?.cid, rowOfSeq(rows, 3), rowOfSeq(rows, 5)?.cid, rowOfSeq(rows, 9)]).toEqual(['m2', undefined, 'm5', undefined])
})
