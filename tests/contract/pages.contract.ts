import { describe, expect, it } from 'vitest'
import type { LogEvent } from '#parley/shared/model.ts'
import type { PageRequest } from '#parley/server/chat/ports.ts'
import { cid, createWorld, text, type OpenStore, type World } from '#parley/tests/contract/world.ts'

const seqs = (events: LogEvent[] | undefined) => events?.map(event => event.seq)

async function fill(world: World, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => world.commit('room', 'alice', { kind: 'message', content: text(`m${index + 1}`) }, { cid: cid(index + 1) })))
}

/** Sync pages, ranges and heads. */
export function pagesContract(open: OpenStore): void {
  const page = (world: World, request: Partial<PageRequest>) =>
    world.store.page({ conversation: 'room', after: 0, limit: 200, maxBytes: 1_000_000, ...request })

  describe('page', () => {
    it('[Y1] gives contiguous events after the cursor, oldest first, of every kind', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'one')
      await world.react('room', 'bob', 1, '👍')
      await world.edit('room', 'alice', 1, 'one!')
      await world.join('room', 'alice', 'dave')
      await world.commit('room', 'alice', { kind: 'meta', title: 'x' })
      await world.say('room', 'bob', 'two', 1)
      await world.remove('room', 'bob', 6)
      const found = await page(world, { after: 1 })
      expect(found).toMatchObject({ head: 7, more: false })
      expect(found).not.toHaveProperty('reset')
      expect(found?.events.map(event => event.kind)).toEqual(['reaction', 'edit', 'member', 'meta', 'message', 'delete'])
      expect(seqs(found?.events)).toEqual([2, 3, 4, 5, 6, 7])
    })

    it('[Y1] pages up to the head; unknown conversations have none', async () => {
      const world = await createWorld(open)
      await fill(world, 7)
      expect(await page(world, { limit: 3 })).toMatchObject({ head: 7, more: true })
      expect(seqs((await page(world, { after: 3, limit: 3 }))?.events)).toEqual([4, 5, 6])
      expect(await page(world, { after: 6, limit: 3 })).toMatchObject({ more: false })
      expect(await page(world, { after: 7 })).toEqual({ events: [], head: 7, more: false })
      expect(await page(world, { conversation: 'nowhere' })).toBeUndefined()
    })

    it('[Y1] never gives more than 200 events', async () => {
      const world = await createWorld(open)
      await fill(world, 205)
      expect((await page(world, { limit: 1_000 }))?.events).toHaveLength(200)
    })

    it('[Y1] stays below the bytes allowed, but always brings one event', async () => {
      const world = await createWorld(open)
      for (let index = 0; index < 5; index++) await world.say('room', 'alice', '上海'.repeat(200))
      const sizes = (await world.log('room')).map(event => Buffer.byteLength(JSON.stringify(event)))
      const found = await page(world, { maxBytes: sizes[0]! * 3 })
      expect(Buffer.byteLength(JSON.stringify(found?.events))).toBeLessThanOrEqual(sizes[0]! * 3)
      expect(found).toMatchObject({ more: true, events: { length: 2 } })
      expect((await page(world, { maxBytes: 10 }))?.events).toHaveLength(1)
    })

    it('[Y2] a cursor above the head resets to the newest events', async () => {
      const world = await createWorld(open)
      await fill(world, 5)
      const found = await page(world, { after: 9, limit: 3 })
      expect(found).toMatchObject({ head: 5, more: false, reset: true })
      expect(seqs(found?.events)).toEqual([3, 4, 5])
    })

    it('[Y2] a foreign tip resets; the right one, none and null do not', async () => {
      const world = await createWorld(open)
      await fill(world, 5)
      expect(await page(world, { after: 3, tip: cid(4) })).toMatchObject({ reset: true })
      expect(await page(world, { after: 3, tip: cid(3) })).not.toHaveProperty('reset')
      expect(await page(world, { after: 3, tip: null })).not.toHaveProperty('reset')
      expect(await page(world, { after: 0, tip: null })).not.toHaveProperty('reset')
    })

    it('[Y2] a gap of more than 1,000 events resets, unless the whole log is wanted', async () => {
      const world = await createWorld(open)
      await fill(world, 1_002)
      expect(await page(world, { after: 2, limit: 2 })).not.toHaveProperty('reset')
      const reset = await page(world, { after: 1 })
      expect(reset).toMatchObject({ reset: true, more: false, head: 1_002 })
      expect(reset?.events).toHaveLength(200)
      expect(reset?.events.at(-1)?.seq).toBe(1_002)
      const whole = await page(world, { after: 0, whole: true })
      expect(whole).not.toHaveProperty('reset')
      expect(whole?.events[0]?.seq).toBe(1)
      expect(await page(world, { after: 2_000, whole: true })).toMatchObject({ reset: true })
    })

    it('[Y2] a reset page stays below the bytes allowed and keeps the newest', async () => {
      const world = await createWorld(open)
      for (let index = 0; index < 5; index++) await world.say('room', 'alice', 'x'.repeat(1_000))
      const found = await page(world, { after: 99, maxBytes: 2_600 })
      expect(seqs(found?.events)).toEqual([4, 5])
    })
  })

  describe('range and heads', () => {
    it('[O3] a range is clipped to the log', async () => {
      const world = await createWorld(open)
      await fill(world, 5)
      expect(seqs(await world.store.range('room', 2, 4, 10))).toEqual([2, 3, 4])
      expect(seqs(await world.store.range('room', 2, 99, 2))).toEqual([2, 3])
      expect(await world.store.range('room', 6, 9, 10)).toEqual([])
      expect(await world.store.range('room', 4, 2, 10)).toEqual([])
      expect(await world.store.range('nowhere', 1, 9, 10)).toEqual([])
    })

    it('[W2] heads give head, own read position and the cid at the head', async () => {
      const world = await createWorld(open)
      await world.conversation('empty', ['bob'])
      await fill(world, 2)
      await world.store.raisePositions('room', 'bob', { readSeq: 1 })
      expect(await world.store.heads('bob')).toEqual({ room: [2, 1, cid(2)], empty: [0, 0, null] })
      expect(await world.store.heads('dave')).toEqual({})
      await world.leave('room', 'bob')
      expect(Object.keys(await world.store.heads('bob'))).toEqual(['empty'])
    })

    it('[O4] last seqs of many conversations; unknown ones are absent', async () => {
      const world = await createWorld(open)
      await fill(world, 2)
      await world.conversation('empty', ['bob'])
      expect(await world.store.headsOf(['room', 'nowhere', 'empty'])).toEqual(new Map([['room', 2], ['empty', 0]]))
      expect(await world.store.headsOf([])).toEqual(new Map())
    })
  })
}
