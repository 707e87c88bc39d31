import { describe, expect, it } from 'vitest'
import type { MessageRow } from '#parley/client/types.ts'
import { noFault } from '#parley/tests/helpers/sim/faults.ts'
import type { Page } from '#parley/tests/helpers/sim/page.ts'
import { openMemory } from '#parley/tests/helpers/sim/stores.ts'
import { createWorld, describeFailure, judgeWorld, planOf } from '#parley/tests/helpers/sim/world.ts'
import type { World, WorldPlan } from '#parley/tests/helpers/sim/world.ts'

/**
 * What seeds found once, told as the story that it was: a seed goes another way as soon as one draw is added, a story does not.
 * Nobody acts here but the test.
 */
async function stage(plan: Partial<WorldPlan> = {}): Promise<World & Record<'alice1' | 'alice2' | 'bob' | 'carol', Page>> {
  const world = await createWorld({
    ...planOf('scenario', openMemory), nodes: 1, faults: noFault, backplane: { loss: 0, double: 0, delay: 5 }, keepEvents: Infinity, byteWeight: 1, rateLimit: 0, ...plan,
  })
  const [alice1, alice2, bob, carol] = world.pages as [Page, Page, Page, Page]
  for (const page of world.pages) page.show('team')
  await world.time.advance(3_000)
  return Object.assign(world, { alice1, alice2, bob, carol })
}

const say = (page: Page, text: string) => page.press({ type: 'send', conversation: 'team', content: { type: 'text', text } })
const link = (page: Page) => [...page.access.links].at(-1)!

async function expectOrder(world: World): Promise<void> {
  const report = await judgeWorld(world)
  if (report.violations.length > 0) expect.fail(describeFailure(report))
}

describe('scenarios that seeds found', () => {
  it('[S3] an acknowledged op that the disk failed to delete is not shown again (seeds 22, 94)', async () => {
    const world = await stage()
    const { bob, time } = world
    say(bob, 'once')
    await time.advance(20)
    bob.device.failing = 'unavailable'
    await time.advance(3_000)
    bob.device.failing = undefined
    expect(bob.device.ops()).toHaveLength(1)
    bob.signal('visible')
    await time.advance(3_000)
    expect(bob.client.timeline('team').rows).toHaveLength(1)
    expect(bob.device.ops()).toHaveLength(0)
    await expectOrder(world)
  })

  it('[S3] nor by the next page of that device, which holds its row already (seed 28)', async () => {
    const world = await stage()
    const { bob, time } = world
    say(bob, 'once')
    await time.advance(20)
    bob.device.failing = 'unavailable'
    await time.advance(3_000)
    bob.device.failing = undefined
    say(bob, 'another, so that the cache is written')
    await time.advance(5_000)
    bob.restart('crash')
    bob.show('team')
    await time.advance(5_000)
    await expectOrder(world)
  })

  it('[Y2] events that overtake the answer of a sync survive its reset (seed 53)', async () => {
    const slowPages: WorldPlan['doors']['store'] = (store, { time }) => ({
      ...store,
      async page(request) {
        const answer = await store.page(request)
        await time.wait(1_000)
        return answer
      },
    })
    const world = await stage({ keepEvents: 5, doors: { store: slowPages } })
    const { alice1, carol, time } = world
    say(alice1, 'seen by all')
    await time.advance(2_000)
    carol.setOnline(false)
    link(carol).reset()
    for (let i = 0; i < 20; i++) say(alice1, `away ${i}`)
    await time.advance(3_000)
    carol.setOnline(true)
    await time.advanceUntil(() => carol.client.connection().name === 'online', 60_000)
    await time.advance(500)
    say(alice1, 'in between')
    await time.advance(10_000)
    expect(carol.client.timeline('team').rows.at(-1)).toMatchObject({ content: { text: 'in between' } })
    await expectOrder(world)
  })

  it('[Y2] [R7] own ops that a reset brings leave the outbox (seed 94)', async () => {
    const world = await stage({ keepEvents: 5 })
    const { alice1, bob, time, weather } = world
    say(bob, 'seen by all')
    await time.advance(2_000)
    link(bob).stall('down')
    for (let i = 0; i < 10; i++) say(alice1, `meanwhile ${i}`)
    await time.advance(1_000)
    for (let i = 0; i < 3; i++) say(bob, `committed, not acknowledged ${i}`)
    await time.advance(500)
    weather.commit = 2_000
    link(bob).heal()
    link(bob).reset()
    await time.advance(10_000)
    expect(bob.client.pending()).toBe(0)
    await expectOrder(world)
  })

  it('[L3] the own read position reaches a page that could not keep up (seeds 53, 56, 72)', async () => {
    const world = await stage({ byteWeight: 300 })
    const { alice1, alice2, bob, time } = world
    alice2.freeze()
    for (let i = 0; i < 40; i++) {
      say(bob, `news ${i}`)
      await time.advance(200)
    }
    const last = alice1.client.timeline('team').rows.at(-1) as MessageRow
    alice1.client.markRead('team', last.seq!)
    await time.advance(2_000)
    alice2.thaw()
    await time.advance(10_000)
    expect(alice2.client.conversation('team')).toMatchObject({ unread: 0, readSeq: last.seq })
    await expectOrder(world)
  })

  it('[S4] a refused op is not sent again because the disk does not know of it (seed 746)', async () => {
    const world = await stage()
    const { bob, carol, network, time } = world
    carol.show('club')
    link(carol).stall('both')
    void network.call(bob, service => service.removeMember('bob', 'club', 'carol'))
    await time.advance(1_000)
    const cid = carol.press({ type: 'send', conversation: 'club', content: { type: 'text', text: 'am I still here' } })
    await time.advance(100)
    carol.device.failing = 'unavailable'
    link(carol).heal()
    await time.advance(1_000)
    carol.device.failing = undefined
    carol.signal('visible')
    await time.advance(5_000)
    const row = carol.look('club').find(shown => shown.cid === cid)
    expect(row).toMatchObject({ state: 'failed', failure: 'not_found' })
    await expectOrder(world)
  })

  it('[U-D1] [S3] nor is one that the page could not find on its disk, after its row has left with the membership (seed 5394)', async () => {
    const world = await stage()
    const { bob, carol, network, time } = world
    carol.show('club')
    const cid = carol.press({ type: 'send', conversation: 'club', content: { type: 'text', text: 'once' } })
    await time.advance(20)
    carol.device.failing = 'unavailable'
    await time.advance(1_000)
    carol.restart('crash')
    await time.advance(3_000)
    expect(carol.look('club').find(row => row.cid === cid)).toMatchObject({ seq: expect.any(Number) })
    void network.call(bob, service => service.removeMember('bob', 'club', 'carol'))
    await time.advance(1_000)
    carol.device.failing = undefined
    carol.signal('visible')
    await time.advance(16)
    expect(carol.look('club')).toEqual([])
    await time.advance(3_000)
    expect(carol.device.ops()).toEqual([])
    await expectOrder(world)
  })

  it('[S4] what one tab tries again the other sends once, however slow the disk between them (seed 2 of an extreme plan)', async () => {
    const world = await stage()
    const { alice1, alice2, bob, network, time } = world
    for (const page of [alice1, alice2]) page.show('club')
    void network.call(bob, service => service.removeMember('bob', 'club', 'alice'))
    const cids = Array.from({ length: 40 }, (_, index) => alice1.press({ type: 'send', conversation: 'club', content: { type: 'text', text: `am I here ${index}` } }))
    await time.advance(10_000)
    expect(alice2.look('club').map(row => 'state' in row && row.state)).toEqual(cids.map(() => 'failed'))
    for (const cid of cids) {
      alice1.witness.retried(cid)
      alice1.client.retry(cid)
      alice2.signal('visible')
    }
    await time.advance(10_000)
    expect(alice2.look('club').map(row => 'state' in row && row.state)).toEqual(cids.map(() => 'failed'))
    await expectOrder(world)
  })

  it('[W2] who was removed while away learns it, even if the first lists cannot be had (seed 254)', async () => {
    const world = await stage()
    const { bob, carol, network, time, weather } = world
    carol.show('club')
    await time.advance(2_000)
    carol.setOnline(false)
    link(carol).reset()
    void network.call(bob, service => service.removeMember('bob', 'club', 'carol'))
    await time.advance(2_000)
    carol.setOnline(true)
    await time.advanceUntil(() => carol.client.connection().name === 'online', 60_000)
    weather.readError = 1
    await time.advance(2_000)
    weather.readError = 0
    await time.advance(20_000)
    expect(carol.client.conversation('club')).toBeUndefined()
    await expectOrder(world)
  })

  it('[S6] an op that waits for those of another tab is not overtaken by the next (seeds 3979, 4279)', async () => {
    const world = await stage()
    const { alice1, alice2, time } = world
    // The first finds an op of the other tab that it did not know, and looks; meanwhile word of one more comes, which the second follows.
    for (let i = 0; i < 120; i++) {
      say(alice2, `before ${i}`)
      await time.advance(i % 3)
      say(alice1, `first ${i}`)
      say(alice2, `between ${i}`)
      await time.advance(i % 11)
      say(alice1, `second ${i}`)
      await time.advance(100)
    }
    await expectOrder(world)
  })
})
