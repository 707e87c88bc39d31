import { describe, expect, test } from 'vitest'
import { cidsIn, classify, countWrongs, describeReport, quantiles, tally } from '#parley/scripts/chaos/report.ts'
import type { ChaosReport } from '#parley/scripts/chaos/report.ts'
import { createRecord } from '#parley/scripts/chaos/record.ts'
import { describeFault, schedule } from '#parley/scripts/chaos/schedule.ts'
import type { Episode, Shape } from '#parley/scripts/chaos/schedule.ts'

/** The parts of `npm run chaos` that are arithmetic: the faults of a seed, and what the report makes of a run. */

const shape: Shape = { clients: 6, tabs: 2, devices: 7 }

function episodes(seed: number, count: number, of = shape): Episode[] {
  const faults = schedule(seed, of)
  return Array.from({ length: count }, () => faults.next().value)
}

describe('the schedule', () => {
  test('is the same for the same seed and another for another', () => {
    expect(episodes(7, 40)).toEqual(episodes(7, 40))
    expect(episodes(8, 40)).not.toEqual(episodes(7, 40))
  })

  test('brings every kind once before any comes again', () => {
    const kinds = episodes(7, 40).flatMap(({ faults }) => faults.map(fault => fault.kind))
    const all = new Set(kinds)
    expect(all.size).toBe(23)
    expect(new Set(kinds.slice(0, all.size)).size).toBe(all.size)
  })

  test('never has two faults on one network, on the server or on pages at a time', () => {
    for (const { faults } of [1, 2, 3].flatMap(seed => episodes(seed, 200))) {
      const networks = faults.flatMap(fault => fault.place === 'network' ? [fault.device] : [])
      expect(new Set(networks).size).toBe(networks.length)
      expect(networks.includes('all') && networks.length > 1).toBe(false)
      for (const place of ['server', 'page']) expect(faults.filter(fault => fault.place === place).length).toBeLessThan(2)
      expect(faults.length).toBeGreaterThan(0)
    }
  })

  test('hits devices and pages that exist, and freezes tabs only', () => {
    for (const fault of episodes(5, 300).flatMap(({ faults }) => faults)) {
      if (fault.place === 'network' && fault.device !== 'all') expect(fault.device).toBeLessThan(shape.devices)
      if (fault.place === 'page') expect(fault.page >= shape.clients).toBe(fault.kind.startsWith('tab '))
      if (fault.place === 'page') expect(fault.page).toBeLessThan(shape.clients + shape.tabs)
    }
    const withoutTabs = episodes(5, 100, { clients: 3, tabs: 0, devices: 3 }).flatMap(({ faults }) => faults.map(fault => fault.kind))
    expect(withoutTabs.filter(kind => kind.startsWith('tab '))).toEqual([])
  })

  test('is told in words', () => {
    expect(describeFault({ place: 'network', kind: 'half-open up', device: 3, at: 20, lasts: 500, amount: 0 })).toBe('half-open up on network 3 at 20 ms for 500 ms')
    expect(describeFault({ place: 'network', kind: 'reset', device: 'all', at: 1, lasts: 0, amount: 0 })).toBe('reset on every network at 1 ms')
    expect(describeFault({ place: 'server', kind: 'SIGKILL', at: 0, lasts: 9, amount: 0 })).toBe('SIGKILL at 0 ms for 9 ms')
  })
})

const cid = '01900000-0000-7000-8000-000000000001'

describe('the report', () => {
  test('takes quantiles by nearest rank', () => {
    expect(quantiles([])).toEqual({ count: 0, p50: 0, p95: 0, max: 0 })
    expect(quantiles([5])).toEqual({ count: 1, p50: 5, p95: 5, max: 5 })
    expect(quantiles(Array.from({ length: 100 }, (_, n) => 100 - n))).toEqual({ count: 100, p50: 50, p95: 95, max: 100 })
  })

  test.each([
    [`ann pressed send ${cid} in c: neither acknowledged nor visibly failed`, 'lost'],
    [`[S2] ${cid} was acknowledged as seq 3 of c, where nothing stands`, 'lost'],
    ['[Y2] tab0.1 saw seq 4 right below 2 in c, without 3 or a marked gap', 'lost'],
    ['client1 still has 2 pending ops', 'lost'],
    [`[S3] ${cid} is in the log as seq 1 of c and as seq 2 of c`, 'doubled'],
    [`tab0.1 in c: ${cid} is shown twice`, 'doubled'],
    [`[S6] c: ann made ${cid} (seq 4) before ${cid} (seq 3)`, 'outOfOrder'],
    ['tab0.1 in c: seq 3 stands below seq 4', 'outOfOrder'],
    ['client1.2 shows 3 unread in c, the server counts 2', 'other'],
  ] as const)('%s → %s', (violation, kind) => {
    expect(classify(violation)).toBe(kind)
  })

  test('counts, and names the ops', () => {
    expect(countWrongs(['x is shown twice', 'nowhere', 'y is shown twice', 'odd'])).toEqual({ lost: 1, doubled: 2, outOfOrder: 0, other: 1 })
    expect(tally(['b', 'a', 'b'])).toEqual({ a: 1, b: 2 })
    expect(cidsIn(`[S3] ${cid} is in the log`)).toEqual([cid])
    expect(cidsIn('no op')).toEqual([])
  })

  test('shows figures and, with a violation, what is known about its op', () => {
    const healed = { count: 2, p50: 400, p95: 1_250, max: 1_250 }
    const report: ChaosReport = {
      seed: 7, seconds: 60, clients: 6, tabs: 2, accounts: 6, conversations: 7, ops: { send: 9 }, pressed: 9, acknowledged: 8, refused: 1, unkept: 0,
      faults: { reset: 2, SIGKILL: 1 }, lost: 0, doubled: 1, outOfOrder: 0, other: 0, healed, healedByKind: { reset: healed },
      violations: [`${cid} is shown twice`], traces: { [cid]: ['1.000 s  client0 presses send'] },
    }
    const text = describeReport(report)
    expect(text).toMatch(/faults +3 \(reset 2, SIGKILL 1\)/)
    expect(text).toMatch(/doubled +1/)
    expect(text).toMatch(/time to heal +p50 0\.4 s, p95 1\.3 s, max 1\.3 s \(2 episodes\)/)
    expect(text.split('\n').slice(-2)).toEqual([`WRONG: ${cid} is shown twice`, '    1.000 s  client0 presses send'])
  })

  test('a trace holds the op\'s own lines and the faults around them', () => {
    const printed: string[] = []
    const record = createRecord(line => printed.push(line))
    record.note('episode 1')
    record.note('pressed', 'a')
    record.note('pressed too', 'b')
    expect(record.traceOf('a').map(line => line.replace(/^.* s {2}/, ''))).toEqual(['episode 1', 'pressed'])
    expect(record.traceOf('c')).toEqual([])
    expect(printed).toHaveLength(1)
  })
})
