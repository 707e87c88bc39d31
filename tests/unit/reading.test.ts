import { describe, expect, it } from 'vitest'
import type { ConnectionState, DeliveryState, UploadState } from '#parley/client/types.ts'
import { deliverySteps, stepsOf, type DeliverySource } from '#parley/composables/reading/delivery-steps.ts'
import { addDays, addMonths, dayStart, firstWeekdayOf, monthWeeks, weekdayOf } from '#parley/composables/reading/month-grid.ts'
import { nextDivider } from '#parley/composables/timeline/unread-divider.ts'
import type { MemberReceipt, ReceiptsResponse } from '#parley/shared/http.ts'

const online: ConnectionState = { name: 'online', since: 0 }
const person = (id: string, state: MemberReceipt['state'], deliveredAt?: number, readAt?: number): MemberReceipt =>
  ({ user: { id, username: id, displayName: id }, state, ...(deliveredAt === undefined ? {} : { deliveredAt }), ...(readAt === undefined ? {} : { readAt }) })
const receipts = (people: MemberReceipt[]): ReceiptsResponse => ({
  seq: 7, at: 5_000, members: people.length, delivered: people.filter(each => each.state !== 'none').length, read: people.filter(each => each.state === 'read').length, people,
})
const source = (more: Partial<DeliverySource> = {}): DeliverySource =>
  ({ row: { at: 1_000, state: 'queued' }, connection: online, upload: undefined, store: 'ok', receipts: undefined, ...more })
const stored = { seq: 7, at: 5_000, state: 'sent' } as const
const shape = (from: DeliverySource) => stepsOf(from).map(step => step.done).join(' ')

describe('[U-D6] the way of an own message', () => {
  it('has the same five steps in every state', () => {
    const states: DeliveryState[] = ['queued', 'sending', 'sent', 'delivered', 'read', 'failed']
    for (const state of states) expect(stepsOf(source({ row: { at: 1, state } })).map(({ name }) => name)).toEqual([...deliverySteps])
  })

  it.each<[string, Partial<DeliverySource>, object]>([
    ['without network', { connection: { name: 'waiting', attempt: 2, retryAt: 9_000, cause: 'offline' } }, { kind: 'offline', cause: 'offline', retryAt: 9_000 }],
    ['the server away', { connection: { name: 'waiting', attempt: 2, retryAt: 9_000, cause: 'unreachable' } }, { kind: 'offline', cause: 'unreachable', retryAt: 9_000 }],
    ['connecting', { connection: { name: 'connecting', attempt: 1 } }, { kind: 'connecting' }],
    ['logged out', { connection: { name: 'signed-out', reason: 'revoked' } }, { kind: 'disconnected' }],
    ['next in line', {}, { kind: 'turn' }],
    ...[{ name: 'uploading', sent: 1, size: 4 }, { name: 'failed', code: 'upload_refused' }, { name: 'waiting' }].map((state): [string, Partial<DeliverySource>, object] =>
      [`its file ${state.name}`, { upload: state as UploadState }, { kind: 'upload', state }]),
  ])('says why it waits: %s', (_name, more, reason) => {
    const [queued, ...rest] = stepsOf(source(more))
    expect(queued).toEqual({ name: 'queued', done: 'yes', at: 1_000, reason })
    expect(rest.every(step => step.done === 'no' && step.reason === undefined)).toBe(true)
  })

  it('says that the server holds it, while its disk is busy', () => {
    expect(stepsOf(source({ row: { at: 1, state: 'sending' }, store: 'full' }))[1]).toEqual({ name: 'sent', done: 'yes', reason: { kind: 'store', status: 'full' } })
    expect(stepsOf(source({ row: stored, store: 'full' })).every(step => step.reason === undefined)).toBe(true)
  })

  it('counts whom it has reached, and gives the time of the last one when all are there and known', () => {
    const way = (people: MemberReceipt[]) => stepsOf(source({ row: stored, receipts: receipts(people) })).slice(2)
    expect(way([person('a', 'none'), person('b', 'none')])).toEqual([
      { name: 'stored', done: 'yes', at: 5_000 }, { name: 'delivered', done: 'no', count: { of: 2, reached: 0 } }, { name: 'read', done: 'no', count: { of: 2, reached: 0 } }])
    expect(way([person('a', 'read', 6_000, 8_000), person('b', 'delivered', 7_000)])).toEqual([
      { name: 'stored', done: 'yes', at: 5_000 }, { name: 'delivered', done: 'yes', at: 7_000, count: { of: 2, reached: 2 } }, { name: 'read', done: 'partly', count: { of: 2, reached: 1 } }])
    expect(way([person('a', 'read', 6_000, 8_000), person('b', 'read')])[2]).toEqual({ name: 'read', done: 'yes', count: { of: 2, reached: 2 } })
    expect(stepsOf(source({ row: stored, receipts: { seq: 7, at: 5_000, members: 0, delivered: 0, read: 0, people: [] } }))[4]?.done).toBe('no')
  })

  it('never goes back: no step that is done is undone by anything that can come after', () => {
    const a = (state: MemberReceipt['state']) => person('a', state, state === 'none' ? undefined : 6_000, state === 'read' ? 8_000 : undefined)
    const order: DeliverySource[] = [
      source(), source({ row: { at: 1, state: 'sending' } }), source({ row: stored }), source({ row: stored, receipts: receipts([a('none')]) }),
      source({ row: { ...stored, state: 'delivered' }, receipts: receipts([a('delivered')]) }), source({ row: { ...stored, state: 'read' }, receipts: receipts([a('read')]) }),
    ]
    const done = order.map(each => stepsOf(each).filter(step => step.done === 'yes').length)
    expect(done).toEqual([1, 2, 3, 3, 4, 5])
    // Whatever the link does, what is stored stays so.
    for (const connection of [{ name: 'waiting', attempt: 1, retryAt: 1, cause: 'lost' }, { name: 'connecting', attempt: 1 }, { name: 'idle' }] as ConnectionState[]) {
      expect(order.slice(2).map(each => shape({ ...each, connection }))).toEqual(order.slice(2).map(shape))
    }
  })
})

describe('[U-S8] the days of a calendar', () => {
  it('weeks of a month begin as the language has it', () => {
    expect([firstWeekdayOf('en-US'), firstWeekdayOf('en-GB'), firstWeekdayOf('de')]).toEqual([0, 1, 1])
    const weeks = monthWeeks('2026-11-23', 1)
    expect(weeks.map(week => week[0])).toEqual(['2026-10-26', '2026-11-02', '2026-11-09', '2026-11-16', '2026-11-23', '2026-11-30'])
    expect(monthWeeks('2026-02-10', 0).map(week => week[0])).toEqual(['2026-02-01', '2026-02-08', '2026-02-15', '2026-02-22'])
    expect(weekdayOf('2026-11-23', 1)).toBe(0)
    expect(weekdayOf('2026-11-22', 1)).toBe(6)
  })

  it('steps over months and years, and stays within a shorter month', () => {
    expect([addDays('2026-02-28', 1), addDays('2024-02-28', 1), addDays('2026-01-01', -1)]).toEqual(['2026-03-01', '2024-02-29', '2025-12-31'])
    expect([addMonths('2026-01-31', 1), addMonths('2026-03-31', -1), addMonths('2026-11-23', 12), addMonths('2024-02-29', -12)]).toEqual(['2026-02-28', '2026-02-28', '2027-11-23', '2023-02-28'])
  })

  it('a day begins on the viewer’s clock', () => {
    const start = new Date(dayStart('2026-11-23'))
    expect([start.getFullYear(), start.getMonth(), start.getDate(), start.getHours(), start.getMinutes()]).toEqual([2026, 10, 23, 0, 0])
  })
})

it('[U-R5] a mark moves the divider, and stays when more arrives while one reads on', () => {
  const marked = nextDivider({}, { type: 'marked', from: 5 })
  expect(marked).toEqual({ after: 4 })
  expect(nextDivider(marked, { type: 'arrived', first: 9, previous: 8, away: false, seen: 8 })).toEqual({ after: 4 })
  expect(nextDivider({ after: 7 }, { type: 'marked', from: 2 })).toEqual({ after: 1 })
})
