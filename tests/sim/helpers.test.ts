import { describe, expect, it } from 'vitest'
import { TextMessage } from '#parley/server/chat/encoding.ts'
import type { MessageRow, Row, TimelineSnapshot } from '#parley/client/types.ts'
import type { LogEvent } from '#parley/shared/model.ts'
import { createLossyLink } from '#parley/tests/helpers/sim/lossy-link.ts'
import { createOracle } from '#parley/tests/helpers/sim/oracle.ts'
import type { FinalView } from '#parley/tests/helpers/sim/oracle.ts'
import { createRandom } from '#parley/tests/helpers/sim/random.ts'
import { createVirtualTime } from '#parley/tests/helpers/sim/virtual-time.ts'

/** An instrument that is wrong shows green: each part of the simulation is tested on its own first. */

describe('virtual time', () => {
  it('runs tasks by due time, then in the order in which they were made', async () => {
    const time = createVirtualTime()
    const ran: string[] = []
    time.after(20, () => ran.push(`c@${time.now()}`))
    time.after(10, () => ran.push(`a@${time.now()}`))
    time.after(10, () => ran.push(`b@${time.now()}`))
    time.after(15, () => ran.push('never'))()
    await time.advance(100)
    expect(ran).toEqual(['a@10', 'b@10', 'c@20'])
    expect(time.now()).toBe(100)
  })

  it('lets every promise reaction run before the next task, however long the chain', async () => {
    const time = createVirtualTime()
    const ran: string[] = []
    time.after(1, () => void (async () => {
      for (let i = 0; i < 500; i++) await Promise.resolve()
      ran.push('chain')
    })())
    time.after(1, () => ran.push('next'))
    await time.advance(1)
    expect(ran).toEqual(['chain', 'next'])
  })

  it('stands still while real work is under way', async () => {
    const time = createVirtualTime()
    const ran: string[] = []
    const work = () => new Promise<void>(resolve => setImmediate(() => setImmediate(resolve)))
    time.after(1, () => void time.external(work()).then(() => ran.push(`work@${time.now()}`)))
    time.after(2, () => ran.push('next'))
    await time.advance(5)
    expect(ran).toEqual(['work@1', 'next'])
  })
})

describe('lossy link', () => {
  function open(loud = false) {
    const time = createVirtualTime()
    const client: string[] = []
    const server: string[] = []
    const link = createLossyLink({
      time, random: createRandom('link'), quality: { latency: 10, jitter: 30, weight: 1, loud }, note: () => {},
      handlers: { open: () => client.push('open'), message: text => client.push(text), close: code => client.push(`close ${code}`) },
    })
    link.accept({ message: text => server.push(text), closed: () => server.push('closed') })
    return { time, link, client, server }
  }

  it('keeps the order in both directions', async () => {
    const { time, link, client, server } = open()
    for (let i = 0; i < 20; i++) {
      link.client.send(`c${i}`)
      link.server.send(new TextMessage(`s${i}`))
    }
    await time.advance(1_000)
    expect(server).toEqual(Array.from({ length: 20 }, (_, i) => `c${i}`))
    expect(client).toEqual(['open', ...Array.from({ length: 20 }, (_, i) => `s${i}`)])
  })

  it('loses what is under way at a reset, and tells both ends', async () => {
    const { time, link, client, server } = open()
    await time.advance(100)
    link.client.send('lost')
    link.reset()
    await time.advance(100)
    expect(client).toEqual(['open', 'close 1006'])
    expect(server).toEqual(['closed'])
  })

  it('tells nobody while a direction is stalled, and brings everything once it is healed', async () => {
    const { time, link, server } = open()
    link.stall('up')
    link.client.send('late')
    await time.advance(60_000)
    expect(server).toEqual([])
    link.heal()
    await time.advance(100)
    expect(server).toEqual(['late'])
  })

  it('cuts after so many frames', async () => {
    const { time, link, client } = open()
    link.cutAfter('down', 2)
    for (let i = 0; i < 5; i++) link.server.send(new TextMessage(`s${i}`))
    await time.advance(1_000)
    expect(client).toEqual(['open', 's0', 's1', 'close 1006'])
  })

  it('ends with a closing handshake', async () => {
    const { time, link, client, server } = open()
    link.server.send(new TextMessage('last'))
    link.server.close(4503, 'disabled')
    await time.advance(1_000)
    expect(client).toEqual(['open', 'last', 'close 4503'])
    expect(server).toEqual(['closed'])
    expect(link.over).toBe(true)
  })

  it('[B2] calls no handler after abandon, and the server hears of it only on a live line', async () => {
    const { time, link, client, server } = open()
    await time.advance(100)
    link.stall('up')
    link.client.abandon(4000, 'stale')
    link.server.send(new TextMessage('into the void'))
    await time.advance(60_000)
    expect(client).toEqual(['open'])
    expect(server).toEqual([])
  })

  it('[R11] tells what comes after abandon when it is loud, and of its end after a minute', async () => {
    const { time, link, client } = open(true)
    await time.advance(100)
    link.stall('up')
    link.client.abandon(4000, 'stale')
    link.server.send(new TextMessage('late'))
    await time.advance(1_000)
    expect(client).toEqual(['open', 'late'])
    await time.advance(60_000)
    expect(client).toEqual(['open', 'late', 'close 1006'])
  })

  it('brings what waited for a slow line soon after it is fast again', async () => {
    const { time, link, client } = open()
    await time.advance(100)
    link.throttle(0.01)
    for (let i = 0; i < 5; i++) link.server.send(new TextMessage(`s${i} ${'x'.repeat(1_000)}`))
    await time.advance(5_000)
    expect(client).toHaveLength(1)
    link.throttle(Infinity)
    link.server.send(new TextMessage('next'))
    await time.advance(100)
    expect(client.slice(1).map(text => text.slice(0, 2))).toEqual(['s0', 's1', 's2', 's3', 's4', 'ne'])
  })

  it('buffers towards a slow reader and does not read while paused', async () => {
    const { time, link, server } = open()
    link.throttle(1)
    for (let i = 0; i < 100; i++) link.server.send(new TextMessage('x'.repeat(100)))
    expect(link.server.bufferedAmount).toBeGreaterThan(5_000)
    link.server.pause()
    link.client.send('held')
    await time.advance(20_000)
    expect(link.server.bufferedAmount).toBe(0)
    expect(server).toEqual([])
    link.server.resume()
    await time.advance(1)
    expect(server).toEqual(['held'])
  })
})

describe('oracle', () => {
  const content = (text: string) => ({ type: 'text', text }) as const
  const message = (seq: number, cid: string, sender = 'ann'): LogEvent => ({ kind: 'message', seq, cid, sender, at: seq, content: content(cid) })
  const row = (seq: number | undefined, cid: string, extra: Partial<MessageRow> = {}): MessageRow => ({
    kind: 'message', cid, ...(seq === undefined ? {} : { seq }), sender: 'ann', mine: true, at: seq ?? 0, content: content(cid), reactions: [],
    ...(extra.mine === false ? {} : { state: 'sent' }), ...extra,
  })
  const snapshot = (rows: TimelineSnapshot['rows'], extra: Partial<TimelineSnapshot> = {}): TimelineSnapshot =>
    ({ conversation: 'c', rows, status: 'ready', hasOlder: false, hasNewer: false, loadingOlder: false, loadingNewer: false, generation: 0, ...extra })
  const view = (rows: TimelineSnapshot['rows'], head: number, extra: Partial<FinalView> = {}): FinalView =>
    ({ online: true, pending: 0, timelines: [snapshot(rows)], conversations: [{ id: 'c', head, unread: 0, readSeq: 0, lastMessage: { seq: head } }], ...extra })
  const truth = (log: LogEvent[]) => ({ logs: new Map([['c', log]]), members: new Map([['ann', new Map([['c', { unread: 0, readSeq: 0 }]])]]) })

  function run(cids: string[], log: LogEvent[], rows: TimelineSnapshot['rows'], during?: (witness: ReturnType<ReturnType<typeof createOracle>['watch']>, oracle: ReturnType<typeof createOracle>) => void) {
    const oracle = createOracle()
    const witness = oracle.watch('ann', 'page')
    for (const cid of cids) {
      witness.pressed({ type: 'send', cid, conversation: 'c', content: content(cid) })
      witness.kept(cid)
    }
    during?.(witness, oracle)
    witness.finished(view(rows, log.length))
    return oracle.judge(truth(log))
  }

  const two = [message(1, 'a'), message(2, 'b')]
  it('finds nothing wrong where nothing is', () => {
    expect(run(['a', 'b'], two, [row(1, 'a'), row(2, 'b')])).toEqual([])
  })

  it.each<[string, RegExp, string[], LogEvent[], TimelineSnapshot['rows']]>([
    ['a lost message', /b in c: neither acknowledged nor visibly failed/, ['a', 'b'], [message(1, 'a')], [row(1, 'a')]],
    ['a message doubled in the log', /never pressed/, ['a'], [message(1, 'a'), message(2, 'x')], [row(1, 'a'), row(2, 'x')]],
    ['one cid twice in the log', /\[S3\] a is in the log/, ['a'], [message(1, 'a'), message(2, 'a')], [row(1, 'a')]],
    ['a row shown twice', /is shown twice/, ['a', 'b'], two, [row(1, 'a'), row(2, 'b'), row(2, 'b')]],
    ['a hole in the log', /\[O1\] seq 3/, ['a', 'b'], [message(1, 'a'), message(3, 'b')], [row(1, 'a'), row(3, 'b')]],
    ['a missing row', /row 0 of 1/, ['a', 'b'], two, [row(2, 'b')]],
    ['a stale text', /row 1 of 2/, ['a', 'b'], two, [row(1, 'a'), row(2, 'b', { content: content('old') })]],
    ['a changed order', /\[S6\]/, ['b', 'a'], two, [row(1, 'a'), row(2, 'b')]],
    ['an op that is still waiting', /neither confirmed nor failed/, ['a', 'b'], two, [row(1, 'a'), row(undefined, 'b', { state: 'queued' })]],
  ])('finds %s', (_name, expected, cids, log, rows) => {
    expect(run(cids, log, rows).join('\n')).toMatch(expected)
  })

  it('finds what was wrong for a moment only', () => {
    const good = [row(1, 'a'), row(2, 'b')]
    const other = (seq: number, cid: string) => row(seq, cid, { mine: false })
    expect(run(['a', 'b'], two, good, witness => witness.saw(snapshot([row(1, 'a', { state: 'read' })]))).join()).toMatch(/went back from read to sent/)
    expect(run(['a', 'b', 'd'], [...two, message(3, 'd')], [...good, row(3, 'd')], witness => witness.saw(snapshot([row(1, 'a'), other(3, 'd')]))).join()).toMatch(/saw seq 3 right below 1/)
    expect(run(['a', 'b'], two, good, witness => witness.saw(snapshot([row(2, 'b'), row(1, 'a')]))).join()).toMatch(/stands below seq 2/)
  })

  it('[S2] holds every acknowledgement against the log', () => {
    const good = [row(1, 'a'), row(2, 'b')]
    expect(run(['a', 'b'], two, good, (_, oracle) => oracle.acknowledged('ann', { cid: 'b', conversation: 'c', seq: 2 }))).toEqual([])
    expect(run(['a', 'b'], two, good, (_, oracle) => oracle.acknowledged('ann', { cid: 'b', conversation: 'c', seq: 3 })).join()).toMatch(/\[S2\]/)
  })

  it('[S6] keeps an order between the pages of one device, and none between two devices', () => {
    const judged = (second: string) => {
      const oracle = createOracle()
      for (const [cid, device] of [['b', 'phone'], ['a', second]] as const) {
        const witness = oracle.watch('ann', `on ${device}`, device)
        witness.pressed({ type: 'send', cid, conversation: 'c', content: content(cid) })
        witness.kept(cid)
      }
      return oracle.judge(truth(two)).join()
    }
    expect(judged('phone')).toMatch(/\[S6\]/)
    expect(judged('laptop')).toBe('')
  })

  it('[O6] finds what reached somebody after leaving', () => {
    const log: LogEvent[] = [message(1, 'a'), { kind: 'member', seq: 2, cid: 'm', sender: 'bob', at: 2, user: 'eve', change: 'leave' }, message(3, 'b')]
    const rows: Row[] = [row(1, 'a'), { kind: 'member', cid: 'm', seq: 2, sender: 'bob', mine: false, at: 2, event: log[1] as Extract<LogEvent, { kind: 'member' }> }, row(3, 'b')]
    expect(run(['a', 'b'], log, rows, (_, oracle) => oracle.pushed('eve', 'c', 2, 3))).toEqual([])
    expect(run(['a', 'b'], log, rows, (_, oracle) => oracle.pushed('eve', 'c', 3, 3)).join()).toMatch(/\[O6\]/)
  })

  it('[W4] [F35] judges a replaced history by itself, excuses what went with it, and finds rows of both on one screen', () => {
    const judged = (during: (witness: ReturnType<ReturnType<typeof createOracle>['watch']>) => void, log: LogEvent[], acknowledged = true) => {
      const oracle = createOracle()
      const witness = oracle.watch('ann', 'page')
      for (const cid of ['a', 'b', 'd']) {
        witness.pressed({ type: 'send', cid, conversation: 'c', content: content(cid) })
        witness.kept(cid)
      }
      if (acknowledged) oracle.acknowledged('ann', { cid: 'b', conversation: 'c', seq: 2 })
      oracle.historyReplaced({ logs: new Map([['c', two]]), kept: new Map([['c', two.slice(0, 1)]]) })
      during(witness)
      return oracle.judge(truth(log)).join()
    }
    const after = [message(1, 'a'), message(2, 'd')]
    const old = snapshot([row(1, 'a'), row(2, 'b')])
    const renewed = snapshot([row(1, 'a'), row(2, 'd')])
    expect(judged((witness) => {
      witness.saw(old)
      witness.saw(renewed)
    }, after)).toBe('')
    expect(judged(witness => witness.saw(snapshot([row(1, 'a'), row(2, 'b'), row(3, 'd')])), after)).toMatch(/was shown b as seq 2; the log has it nowhere/)
    expect(judged((witness) => {
      witness.saw(renewed)
      witness.saw(old)
    }, after)).toMatch(/was shown b as seq 2/)
    expect(judged(() => {}, after, false)).toMatch(/pressed send b in c: neither acknowledged nor visibly failed/)
    expect(judged(() => {}, [message(1, 'd')])).toMatch(/\[S2\]|neither acknowledged/)
  })

  it('[F43] excuses what a cleared device had when its page ended, and nothing that its page still holds', () => {
    const lost = (gone: boolean) => {
      const oracle = createOracle()
      const witness = oracle.watch('ann', 'page')
      witness.pressed({ type: 'send', cid: 'a', conversation: 'c', content: content('a') })
      witness.kept('a')
      oracle.deviceCleared('ann')
      if (gone) witness.ended()
      return oracle.judge(truth([])).join()
    }
    expect(lost(true)).toBe('')
    expect(lost(false)).toMatch(/neither acknowledged nor visibly failed/)
  })

  it('excuses only what no disk had when its page ended', () => {
    const lost = (kept: boolean) => {
      const oracle = createOracle()
      const witness = oracle.watch('ann', 'page')
      witness.pressed({ type: 'send', cid: 'a', conversation: 'c', content: content('a') })
      if (kept) witness.kept('a')
      witness.ended()
      return oracle.judge(truth([]))
    }
    expect(lost(false)).toEqual([])
    expect(lost(true).join()).toMatch(/neither acknowledged nor visibly failed/)
  })
})
