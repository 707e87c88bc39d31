import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Timeline } from '#parley/client/timeline.ts'
import type { OutboxEntry } from '#parley/client/outbox.ts'
import type { MessageRow } from '#parley/client/types.ts'
import type { LogEvent, Message } from '#parley/shared/model.ts'
import { currentMessages, ScriptedServer, text } from '#parley/tests/helpers/scripted-server.ts'

function setup() {
  const server = new ScriptedServer()
  server.conversation('c')
  const applied: number[] = []
  const pending: OutboxEntry[] = []
  const timeline = new Timeline({ conversation: 'c', account: 'me', pending: () => pending, applied: event => void applied.push(event.seq), changed: () => {} })
  return { server, timeline, applied, pending }
}

const seqs = (timeline: Timeline) => timeline.snapshot().rows.map(row => row.seq)
const messages = (timeline: Timeline): Message[] => timeline.snapshot().rows.filter((row): row is MessageRow => row.kind === 'message').map((row) => {
  const { kind: _kind, mine: _mine, state: _state, ...message } = row
  return message as Message
})
const fly = (timeline: Timeline, direction: Parameters<Timeline['takeOff']>[0]) => timeline.takeOff(direction)!

describe('client rule of PROTOCOL 6', () => {
  it('[R6] [F28] applies in seq order, holds what is ahead, drops what is behind', () => {
    const { server, timeline, applied } = setup()
    const events = ['a', 'b', 'c', 'd'].map(body => server.commit('c', body))
    timeline.place(0, null)
    expect(timeline.receive(events[1]!)).toBe('held')
    expect(timeline.broken).toBe(true)
    expect(timeline.receive(events[3]!)).toBe('held')
    expect(timeline.receive(events[0]!)).toBe('applied')
    expect(applied).toEqual([1, 2])
    expect(timeline.receive(events[0]!)).toBe('duplicate')
    timeline.receive(events[2]!)
    expect(applied).toEqual([1, 2, 3, 4])
    expect(seqs(timeline)).toEqual([1, 2, 3, 4])
    expect(timeline.tip).toBe('c-4')
    expect(timeline.broken).toBe(false)
  })

  it('the hold buffer is bounded; what it let go comes again by sync', () => {
    const { server, timeline } = setup()
    for (let count = 0; count < 700; count++) server.commit('c', `${count}`)
    timeline.place(0, null)
    for (const event of server.log('c').slice(1)) timeline.receive(event)
    for (const event of server.log('c')) timeline.receive(event)
    expect(timeline.cursor).toBe(700)
  })

  it('[R8] an own message acknowledged above a hole stays behind the confirmed rows until the hole is filled', () => {
    const { server, timeline } = setup()
    const theirs = server.commit('c', 'theirs')
    const own = server.commit('c', { kind: 'message', sender: 'me', content: text('mine') })
    timeline.place(0, null)
    timeline.receive(own)
    expect(timeline.snapshot().rows.map(row => [row.cid, row.kind === 'message' ? row.state : ''])).toEqual([['c-2', 'sent']])
    timeline.receive(theirs)
    expect(seqs(timeline)).toEqual([1, 2])
  })

  it('applies edits, deletions, reactions and notices', () => {
    const { server, timeline } = setup()
    timeline.place(0, null)
    server.commit('c', 'one')
    server.commit('c', { kind: 'edit', target: 1, content: text('one!') })
    server.commit('c', { kind: 'reaction', target: 1, emoji: '👍', on: true })
    server.commit('c', { kind: 'member', user: 'bo', change: 'join' })
    server.commit('c', 'two')
    server.commit('c', { kind: 'delete', target: 5, sender: 'ann' })
    server.commit('c', { kind: 'meta', title: 'New' })
    for (const event of server.log('c')) timeline.receive(event)
    expect(messages(timeline)).toEqual(currentMessages(server.log('c')))
    expect(timeline.snapshot().rows.map(row => row.kind)).toEqual(['message', 'member', 'message', 'meta'])
  })

  it('snapshots are immutable and share what did not change', () => {
    const { server, timeline } = setup()
    timeline.place(0, null)
    timeline.receive(server.commit('c', 'one'))
    timeline.receive(server.commit('c', 'two'))
    const before = timeline.snapshot()
    expect(timeline.snapshot()).toBe(before)
    timeline.receive(server.commit('c', { kind: 'edit', target: 2, content: text('2') }))
    const after = timeline.snapshot()
    expect(after).not.toBe(before)
    expect(after.rows[0]).toBe(before.rows[0])
    expect(before.rows[1]).toMatchObject({ content: text('two') })
  })
})

describe('own rows', () => {
  it('[U-D1] states follow the watermarks and never go back', () => {
    const { server, timeline } = setup()
    timeline.place(0, null)
    for (let count = 0; count < 3; count++) timeline.receive(server.commit('c', { kind: 'message', sender: 'me', content: text('x') }))
    const states = () => timeline.snapshot().rows.map(row => row.kind === 'message' ? row.state : '')
    expect(states()).toEqual(['sent', 'sent', 'sent'])
    timeline.mark({ delivered: 2, read: 1 })
    expect(states()).toEqual(['read', 'delivered', 'sent'])
    timeline.mark({ delivered: 0, read: 0 })
    expect(states()).toEqual(['read', 'delivered', 'sent'])
    timeline.mark({ delivered: 3, read: 3 })
    expect(states()).toEqual(['read', 'read', 'read'])
  })

  it('[U-D4] unconfirmed rows come last, in the order in which they were made, and changes overlay their target', () => {
    const { server, timeline, pending } = setup()
    timeline.place(0, null)
    timeline.receive(server.commit('c', 'theirs'))
    const entry = (op: OutboxEntry['op'], status: OutboxEntry['status']): OutboxEntry => ({ op, madeAt: 5, order: 1, local: 1, kept: true, status })
    pending.push(
      entry({ type: 'send', cid: 'x', conversation: 'c', content: text('x') }, { name: 'sending', since: 0 }),
      entry({ type: 'react', cid: 'r', conversation: 'c', target: 1, emoji: '🎉', on: true }, { name: 'queued', notBefore: 0 }),
      entry({ type: 'edit', cid: 'e', conversation: 'c', target: 1, content: text('?') }, { name: 'failed', code: 'forbidden' }),
      entry({ type: 'send', cid: 'y', conversation: 'c', content: text('y') }, { name: 'failed', code: 'too_long' }),
    )
    timeline.touch()
    expect(timeline.snapshot().rows).toMatchObject([
      { seq: 1, reactions: [{ emoji: '🎉', users: ['me'] }], changeFailure: 'forbidden' }, { cid: 'x', state: 'sending' }, { cid: 'y', state: 'failed', failure: 'too_long' },
    ])
  })
})

describe('history', () => {
  const filled = (count: number) => {
    const world = setup()
    for (let index = 0; index < count; index++) world.server.commit('c', `m${index + 1}`)
    return world
  }

  it('[Y3] the newest page places the cursor at its head', () => {
    const { server, timeline } = filled(120)
    const flight = fly(timeline, 'newest')
    expect(timeline.snapshot().status).toBe('loading')
    timeline.land(flight, server.history('c', {}))
    expect(timeline.cursor).toBe(120)
    expect(timeline.snapshot()).toMatchObject({ status: 'ready', hasOlder: true, hasNewer: false })
    expect(timeline.takeOff('older')).toBeDefined()
    expect(timeline.takeOff('older')).toBeUndefined()
  })

  it('a first page that cannot be had is said to be missing, not to be an empty conversation', () => {
    const { timeline } = filled(3)
    timeline.giveUp(fly(timeline, 'newest'))
    expect(timeline.snapshot().status).toBe('unavailable')
    const again = fly(timeline, 'newest')
    expect(timeline.snapshot().status).toBe('loading')
    timeline.giveUp(again)
    expect(timeline.snapshot().status).toBe('unavailable')
  })

  it('[R12] events that arrive while a page flies are applied to it; pages merge by seq', () => {
    const { server, timeline } = filled(100)
    timeline.land(fly(timeline, 'newest'), server.history('c', { limit: 50 }))
    const flight = fly(timeline, 'older')
    const page = server.history('c', { before: 51, limit: 50 })
    timeline.receive(server.commit('c', { kind: 'edit', target: 20, content: text('edited') }))
    timeline.receive(server.commit('c', 'new'))
    timeline.land(flight, page)
    expect(messages(timeline)).toEqual(currentMessages(server.log('c')))
    expect(timeline.snapshot().hasOlder).toBe(false)
  })

  it('[R12] a reset drops pages that were asked for before it', () => {
    const { server, timeline } = filled(100)
    timeline.land(fly(timeline, 'newest'), server.history('c', {}))
    const flight = fly(timeline, 'older')
    const page = server.history('c', { before: 51 })
    server.logs.set('c', [])
    for (let index = 0; index < 10; index++) server.commit('c', `other ${index}`)
    const generation = timeline.snapshot().generation
    timeline.reset(server.log('c'), 10)
    timeline.land(flight, page)
    expect(timeline.snapshot().generation).toBeGreaterThan(generation)
    expect(messages(timeline)).toEqual(currentMessages(server.log('c')))
  })

  it('[R16] a live event that seemed old during the sync that resets is not lost', () => {
    const { server, timeline } = filled(50)
    timeline.land(fly(timeline, 'newest'), server.history('c', {}))
    server.logs.set('c', [])
    for (let index = 0; index < 10; index++) server.commit('c', `other ${index}`)
    const page = [...server.log('c')]
    timeline.syncing(true)
    expect(timeline.receive(server.commit('c', 'after the restore'))).toBe('duplicate')
    timeline.reset(page, 10)
    expect(timeline.cursor).toBe(11)
    expect(messages(timeline)).toEqual(currentMessages(server.log('c')))
  })

  it('[Y2] a reset shows a marked gap above the newest page, which fills on scroll', () => {
    const { server, timeline } = filled(500)
    timeline.place(0, null)
    timeline.reset(server.log('c').slice(-200), 500)
    expect(timeline.snapshot()).toMatchObject({ gapBefore: 301, hasOlder: true })
    timeline.land(fly(timeline, 'older'), server.history('c', { before: 301 }))
    expect(timeline.snapshot().gapBefore).toBeUndefined()
    expect(seqs(timeline)[0]).toBe(251)
  })

  it('a jump shows another stretch; the newest wins over an older jump; loading on reaches the present', () => {
    const { server, timeline } = filled(300)
    timeline.land(fly(timeline, 'newest'), server.history('c', {}))
    const first = fly(timeline, 'around')
    const second = fly(timeline, 'around')
    timeline.land(second, server.history('c', { around: 100, limit: 20 }))
    timeline.land(first, server.history('c', { around: 200, limit: 20 }))
    expect(seqs(timeline)[0]).toBe(90)
    expect(timeline.snapshot().hasNewer).toBe(true)
    timeline.receive(server.commit('c', 'live'))
    expect(seqs(timeline).at(-1)).toBe(109)
    for (let step = 0; step < 10 && timeline.snapshot().hasNewer; step++) timeline.land(fly(timeline, 'newer'), server.history('c', { after: timeline.window.to!, limit: 50 }))
    expect(seqs(timeline)).toEqual(Array.from({ length: 301 - 89 }, (_none, index) => index + 90))
    expect(timeline.snapshot().hasNewer).toBe(false)
  })

  it('long timelines stay bounded, from below while following and from above while scrolling up', () => {
    const { server, timeline } = filled(3_000)
    timeline.place(0, null)
    for (const event of server.log('c')) timeline.receive(event)
    expect(timeline.snapshot().rows.length).toBeLessThanOrEqual(1_200)
    expect(seqs(timeline).at(-1)).toBe(3_000)
    expect(timeline.snapshot().hasOlder).toBe(true)
    for (let step = 0; step < 5; step++) timeline.land(fly(timeline, 'older'), server.history('c', { before: timeline.window.from, limit: 200 }))
    expect(timeline.snapshot().rows.length).toBeLessThanOrEqual(1_200)
    expect(timeline.snapshot().hasNewer).toBe(true)
    timeline.land(fly(timeline, 'newest'), server.history('c', { limit: 50 }))
    expect(seqs(timeline).at(-1)).toBe(3_000)
  })

  it('a kept timeline goes on where it stood', () => {
    const { server, timeline } = filled(300)
    timeline.place(0, null)
    for (const event of server.log('c')) timeline.receive(event)
    const kept = timeline.keep(200)!
    expect(kept).toMatchObject({ from: 101, cursor: 300, tip: 'c-300' })
    const next = setup().timeline
    next.restore(structuredClone(kept))
    next.receive(server.commit('c', 'more'))
    expect(seqs(next)).toEqual(Array.from({ length: 201 }, (_none, index) => index + 101))
  })
})

describe('a burst', () => {
  function burst(atEnd: boolean) {
    const { server, timeline } = setup()
    timeline.place(0, null)
    for (let made = 0; made < 100; made++) timeline.receive(server.commit('c', `m ${made}`))
    timeline.setAtEnd(atEnd)
    for (let made = 0; made < 5_000; made++) timeline.receive(server.commit('c', 'more'))
    return { server, timeline }
  }

  it('is followed by a window that lets go of the oldest rows', () => {
    const { timeline } = burst(true)
    expect(timeline.snapshot().rows.length).toBeLessThanOrEqual(1_200)
    expect(timeline.snapshot().rows.at(-1)?.seq).toBe(5_100)
    expect(timeline.snapshot()).toMatchObject({ hasOlder: true, hasNewer: false })
  })

  it('[U-S2] takes nothing from under the eyes of someone who reads further up, and all of it can be had after', () => {
    const { server, timeline } = burst(false)
    expect(seqs(timeline).slice(0, 100)).toEqual(Array.from({ length: 100 }, (_none, index) => index + 1))
    expect(timeline.snapshot()).toMatchObject({ hasOlder: false, hasNewer: true })
    expect(timeline.cursor).toBe(5_100)
    const before = timeline.snapshot()
    timeline.receive(server.commit('c', 'far below'))
    expect(timeline.snapshot()).toBe(before)
    timeline.land(fly(timeline, 'newest'), server.history('c', { limit: 50 }))
    expect(seqs(timeline).at(-1)).toBe(5_101)
  })
})

/** Commands of the property: what a hostile network may do with one conversation. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('commit' as const), what: fc.integer({ min: 0, max: 6 }), at: fc.nat() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('push' as const), at: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sync' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ask' as const), direction: fc.constantFrom('newest' as const, 'older' as const, 'newer' as const, 'around' as const), at: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('land' as const), at: fc.nat() }) },
)

function commitSome(server: ScriptedServer, what: number, at: number): LogEvent {
  const target = (at % Math.max(1, server.log('c').length)) + 1
  const sender = at % 2 === 0 ? 'ann' : 'me'
  switch (server.log('c').length === 0 ? 0 : what) {
    case 1: return server.commit('c', { kind: 'edit', target, sender, content: text(`edit ${at}`) })
    case 2: return server.commit('c', { kind: 'delete', target, sender })
    case 3: return server.commit('c', { kind: 'reaction', target, sender, emoji: '👍', on: at % 3 !== 0 })
    case 4: return server.commit('c', { kind: 'member', user: 'bo', change: 'join' })
    default: return server.commit('c', { kind: 'message', sender, content: text(`m ${at}`) })
  }
}

describe('convergence', () => {
  it('[R6] [R7] [R12] [F27] any interleaving of events, duplicates, pages and jumps ends as the log', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const { server, timeline, applied } = setup()
      const landings: (() => void)[] = []
      for (const one of steps) {
        const log = server.log('c')
        if (one.do === 'commit') commitSome(server, one.what, one.at)
        if (one.do === 'push' && log.length > 0) timeline.receive(log[one.at % log.length]!)
        if (one.do === 'sync') for (const event of log.slice(timeline.cursor ?? 0, (timeline.cursor ?? 0) + 5)) timeline.receive(event)
        if (one.do === 'land' && landings.length > 0) landings.splice(one.at % landings.length, 1)[0]!()
        if (one.do !== 'ask') continue
        const { window } = timeline
        if (one.direction === 'newer' && window.to === undefined) continue
        if (one.direction === 'older' && !timeline.loaded) continue
        const query = { newest: {}, older: { before: window.from }, newer: { after: window.to ?? 0 }, around: { around: one.at % (log.length + 1) } }[one.direction]
        const flight = timeline.takeOff(one.direction)
        if (flight === undefined) continue
        const page = structuredClone(server.history('c', { ...query, limit: 4 }))
        landings.push(() => void timeline.land(flight, page))
      }
      for (const land of landings) land()
      const log = server.log('c')
      for (const event of log.slice(timeline.cursor ?? 0)) timeline.receive(event)
      for (let round = 0; round < 100 && timeline.snapshot().hasNewer; round++) timeline.land(fly(timeline, 'newer'), server.history('c', { after: timeline.window.to!, limit: 50 }))
      if (!timeline.loaded) timeline.land(fly(timeline, 'newest'), server.history('c', { limit: 50 }))
      for (let round = 0; round < 100 && timeline.snapshot().hasOlder; round++) timeline.land(fly(timeline, 'older'), server.history('c', { before: timeline.window.from, limit: 50 }))
      expect(messages(timeline)).toEqual(currentMessages(log))
      expect([...applied]).toEqual([...new Set(applied)].sort((a, b) => a - b))
      expect(timeline.cursor ?? 0).toBe(log.length)
    }), { numRuns: 400 })
  })
})
