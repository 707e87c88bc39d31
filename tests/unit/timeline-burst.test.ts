import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Timeline } from '#parley/client/timeline.ts'
import { TimelineWindow } from '#parley/client/timeline-window.ts'
import type { OutboxEntry } from '#parley/client/outbox.ts'
import type { Row } from '#parley/client/types.ts'
import { AnchoredWindow } from '#parley/composables/timeline/anchored-window.ts'
import { appended } from '#parley/composables/timeline/arrival-pace.ts'
import { displayItems } from '#parley/composables/timeline/display-items.ts'
import type { WindowRange } from '#parley/composables/timeline/window-range.ts'
import type { LogEvent } from '#parley/shared/model.ts'

const event = (seq: number): LogEvent => ({ seq, kind: 'message', cid: `c-${seq}`, sender: seq % 3 === 0 ? 'a' : 'b', at: seq * 1_000, content: { type: 'text', text: `message ${seq}` } })
const entry = (op: OutboxEntry['op'], local: number): OutboxEntry => ({ op, madeAt: 1, order: local, local, kept: true, status: { name: 'queued', notBefore: 0 } })
const anew = <T>(before: readonly T[], after: readonly T[]): number => {
  const known = new Set(before)
  return after.filter(one => !known.has(one)).length
}

describe('a batch of events makes anew what it changes, whatever is held', () => {
  const utc = { dayOf: () => '2026-11-23' }

  function room(held: number) {
    const pending: OutboxEntry[] = []
    const timeline = new Timeline({ conversation: 'c', account: 'me', pending: () => pending, applied: () => {}, changed: () => {} })
    timeline.reset(Array.from({ length: held }, (_, index) => event(index + 1)), held)
    const shown = { rows: timeline.snapshot().rows as readonly Row[], list: displayItems(timeline.snapshot().rows, utc) }
    /** Rows and display items that a snapshot has and the one before had not. */
    const look = () => {
      const { rows } = timeline.snapshot()
      const list = displayItems(rows, utc, shown.list)
      const made = { rows: anew(shown.rows, rows), items: anew(shown.list.items, list.items) }
      Object.assign(shown, { rows, list })
      return made
    }
    return { timeline, pending, look }
  }

  it.each([50, 1_000])('20 messages beneath %d rows: 20 rows, and one more item, which was the last of its sender', (held) => {
    const { timeline, look } = room(held)
    for (let seq = held + 1; seq <= held + 20; seq++) timeline.receive(event(seq))
    expect(look()).toEqual({ rows: 20, items: expect.toSatisfy((items: number) => items >= 20 && items <= 21) as number })
    timeline.touch()
    expect(look()).toEqual({ rows: 0, items: 0 })
  })

  it('an edit, a reaction and a deletion: one row each, and no items but its own and its neighbours\'', () => {
    const { timeline, look } = room(1_000)
    timeline.receive({ seq: 1_001, kind: 'edit', cid: 'e', sender: 'b', at: 1, target: 500, content: { type: 'text', text: 'better' } })
    expect(look()).toEqual({ rows: 1, items: expect.toSatisfy((items: number) => items >= 1 && items <= 3) as number })
    timeline.receive({ seq: 1_002, kind: 'reaction', cid: 'r', sender: 'b', at: 1, target: 10, emoji: '👍', on: true })
    timeline.receive({ seq: 1_003, kind: 'delete', cid: 'd', sender: 'b', at: 1, target: 998 })
    expect(look().rows).toBe(2)
  })

  it('own ops that wait are not made anew with every message of others', () => {
    const { timeline, pending, look } = room(200)
    pending.push(
      entry({ type: 'send', cid: 'mine-1', conversation: 'c', content: { type: 'text', text: 'first' } }, 1),
      entry({ type: 'react', cid: 'mine-2', conversation: 'c', target: 7, emoji: '👍', on: true }, 2),
      entry({ type: 'edit', cid: 'mine-3', conversation: 'c', target: 8, content: { type: 'text', text: 'edited' } }, 3),
    )
    timeline.touch()
    expect(look().rows).toBe(3)
    timeline.receive(event(201))
    expect(look().rows).toBe(1)
    pending[0] = { ...pending[0]!, status: { name: 'failed', code: 'forbidden' } }
    timeline.touch()
    expect(look().rows).toBe(1)
  })

  it('unread rows counted from the last count on are those counted from the start', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('message' as const), own: fc.boolean(), mentions: fc.boolean() }),
      fc.record({ kind: fc.constantFrom('delete' as const, 'edit' as const), target: fc.nat(60) }),
      fc.record({ kind: fc.constantFrom('drop' as const, 'dropNewest' as const, 'older' as const) }),
    )
    fc.assert(fc.property(fc.array(fc.tuple(step, fc.nat(40)), { maxLength: 80 }), (steps) => {
      const window = new TimelineWindow('me', 1)
      let seq = 20
      for (const [one, readSeq] of steps) {
        const base = { cid: `c-${++seq}`, seq, sender: 'b', at: seq }
        if (one.kind === 'message') window.apply({ ...base, kind: 'message', sender: one.own ? 'me' : 'b', content: { type: 'text', text: 'x' }, ...(one.mentions ? { mentions: ['me'] } : {}) })
        else if (one.kind === 'delete') window.apply({ ...base, kind: 'delete', target: one.target })
        else if (one.kind === 'edit') window.apply({ ...base, kind: 'edit', target: one.target, content: { type: 'text', text: 'y' } })
        else if (one.kind === 'drop') window.dropOldest(10)
        else if (one.kind === 'dropNewest') window.dropNewest(15)
        else window.extendUp([{ kind: 'message', cid: `o-${seq}`, seq: seq % 20, sender: 'b', mine: false, at: 1, content: { type: 'text', text: 'z' }, reactions: [] }], seq % 20)
        const unread = window.rows.filter(row => row.seq > readSeq && row.kind === 'message' && !row.mine && row.deletedAt === undefined)
        expect(window.unreadAbove(readSeq)).toEqual({ unread: unread.length, mentions: unread.filter(row => row.kind === 'message' && row.mentions?.includes('me')).length })
      }
    }), { numRuns: 300 })
  })
})

describe('[U-S2] rows that pass by at the end', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const rows = (count: number) => Array.from({ length: count }, (_, index) => ({ key: `m${index}` }))

  /** A list without a layout: its view is 800 px high, and each row 20. */
  function list() {
    const ranges: WindowRange[] = []
    const calm = vi.fn()
    const view = new AnchoredWindow<{ key: string }>({ scroller: () => null, list: () => null, estimate: () => 20, isRow: () => true, onRange: range => void ranges.push(range), onView: () => {}, onCalm: calm })
    view.take(rows(1_000))
    return { view, calm, rendered: () => ranges.at(-1)! }
  }

  it('are made only where they are in view, and the margin comes when they no longer pass', () => {
    const { view, calm, rendered } = list()
    expect(rendered()).toEqual({ start: 920, end: 1_000 })
    view.take(rows(1_020))
    expect(view.hurried).toBe(true)
    expect(rendered().end).toBe(1_020)
    expect(rendered().end - rendered().start).toBeLessThanOrEqual(49)
    // Five hundred in one frame: no more than those.
    view.take(rows(1_520))
    expect(rendered().end - rendered().start).toBeLessThanOrEqual(49)
    vi.advanceTimersByTime(249)
    expect(calm).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(calm).toHaveBeenCalledOnce()
    expect(view.hurried).toBe(false)
    expect(rendered()).toEqual({ start: 1_440, end: 1_520 })
  })

  it('keep the margin at a pace that people read at', () => {
    const { view, rendered } = list()
    for (let count = 1_001; count <= 1_030; count += 3) view.take(rows(count))
    expect(view.hurried).toBe(false)
    expect(rendered().end - rendered().start).toBe(80)
  })

  it('are told apart from pages of history and from another list', () => {
    const held = rows(30)
    expect(appended(held, rows(50))).toBe(20)
    expect(appended(held, [{ key: 'older' }, ...held])).toBe(0)
    expect(appended(held, held.slice(0, 29))).toBe(0)
    expect(appended(held, [{ key: 'x' }, { key: 'y' }])).toBe(0)
    expect(appended([], held)).toBe(0)
  })
})
