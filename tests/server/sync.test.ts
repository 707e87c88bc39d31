import { describe, expect, it } from 'vitest'
import { limits } from '#parley/shared/protocol/index.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'

async function withLog(events: number, text = 'm') {
  const harness = new ServerHarness()
  await harness.users('ana', 'ben')
  const group = await harness.group('ana', 'ben')
  await Promise.all(Array.from({ length: events }, (_, i) => harness.chat.submit('ben', harness.op(group, `${text}${i}`))))
  const ana = await harness.connect('ana')
  return { harness, group, ana }
}

describe('sync', () => {
  it('[Y1] pages are contiguous, oldest first, at most 200 events', async () => {
    const { harness, group, ana } = await withLog(450)
    let after = 0
    const seen: number[] = []
    for (let more = true; more;) {
      const [page] = (await harness.ask(ana, { type: 'sync', ref: 'p', conversation: group, after })).filter(frame => frame.type === 'page')
      if (!page) throw new Error('no page')
      expect(page).toMatchObject({ ref: 'p', conversation: group, head: 450 })
      expect(page.events.length).toBeLessThanOrEqual(limits.pageEvents)
      seen.push(...page.events.map(event => event.seq))
      after = seen.at(-1) ?? 0
      more = page.more
    }
    expect(seen).toEqual(Array.from({ length: 450 }, (_, i) => i + 1))
  })

  it('[Y1] a smaller limit is kept, a larger one is not', async () => {
    const { harness, group, ana } = await withLog(300)
    const frames = await harness.ask(
      ana,
      { type: 'sync', ref: 1, conversation: group, after: 0, limit: 3 },
      { type: 'sync', ref: 2, conversation: group, after: 0, limit: 5_000 },
    )
    expect(frames.map(frame => frame.type === 'page' && frame.events.length)).toEqual([3, 200])
  })

  it('[Y1] a page of the longest texts stays under 1 MiB', async () => {
    const { harness, group, ana } = await withLog(60, '字'.repeat(7_990))
    ana.messages.length = 0
    const frames = await harness.ask(ana, { type: 'sync', ref: 1, conversation: group, after: 0 })
    expect(frames).toEqual([expect.objectContaining({ type: 'page', more: true })])
    expect(Math.max(...ana.messages.map(text => Buffer.byteLength(text)))).toBeLessThanOrEqual(limits.serverMessageBytes)
  })

  it('[Y1] [X31] at most 2 are in flight per connection, the others wait their turn', async () => {
    let inFlight = 0
    let most = 0
    const answers: (() => void)[] = []
    const harness = new ServerHarness({
      store: store => ({
        ...store,
        async page(request) {
          most = Math.max(most, ++inFlight)
          await new Promise<void>(resolve => answers.push(resolve))
          inFlight--
          return store.page(request)
        },
      }),
    })
    await harness.users('ana')
    const groups = await Promise.all(Array.from({ length: 6 }, () => harness.group('ana')))
    const ana = await harness.connect('ana')
    ana.send(...groups.map((conversation, ref) => ({ type: 'sync', ref, conversation, after: 0 }) as const))
    for (let i = 0; i < 6; i++) {
      await settle()
      answers.shift()?.()
    }
    await settle()
    expect(most).toBe(2)
    expect(ana.of('page').map(page => page.ref)).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('[Y2] a gap over 1,000 events is a reset with the newest page, unless the whole log is asked for', async () => {
    const { harness, group, ana } = await withLog(1_100)
    const [reset, whole] = await harness.ask(
      ana,
      { type: 'sync', ref: 1, conversation: group, after: 5 },
      { type: 'sync', ref: 2, conversation: group, after: 5, whole: true },
    )
    expect(reset).toMatchObject({ type: 'page', reset: true, head: 1_100, more: false })
    expect(reset?.type === 'page' && reset.events.at(-1)?.seq).toBe(1_100)
    expect(whole?.type === 'page' && [whole.reset, whole.events[0]?.seq]).toEqual([undefined, 6])
  })

  it('[Y2] [R16] another tip than the store\'s, or a cursor beyond head, is a reset', async () => {
    const { harness, group, ana } = await withLog(5)
    const frames = await harness.ask(
      ana,
      { type: 'sync', ref: 1, conversation: group, after: 3, tip: harness.random.cid() },
      { type: 'sync', ref: 2, conversation: group, after: 9 },
    )
    const pages = frames.filter(frame => frame.type === 'page').toSorted((left, right) => Number(left.ref) - Number(right.ref))
    expect(pages).toEqual([expect.objectContaining({ ref: 1, reset: true }), expect.objectContaining({ ref: 2, reset: true })])
  })

  it('[X12] who has left reads nothing more', async () => {
    const { harness, group, ana } = await withLog(5)
    await harness.chat.removeMember('ana', group, 'ana')
    expect(await harness.ask(ana, { type: 'sync', ref: 1, conversation: group, after: 0 })).toContainEqual({ type: 'error', code: 'not_found', ref: 1 })
  })

  it('a sync that the store cannot answer ends the connection, so that the client asks again', async () => {
    const harness = new ServerHarness({ store: store => ({ ...store, page: () => Promise.reject(new Error('io')) }) })
    await harness.users('ana')
    const group = await harness.group('ana')
    const ana = await harness.connect('ana')
    ana.send({ type: 'sync', ref: 1, conversation: group, after: 0 })
    await settle()
    expect(ana.closed?.code).toBe(4007)
  })
})
