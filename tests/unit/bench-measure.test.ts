import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noFaults, ReceiverCheck, RoomLedger } from '#parley/bench/measure/delivery-check.ts'
import { Histogram } from '#parley/bench/measure/histogram.ts'

/** What the bench says about others and about us is only worth what these parts are. */

describe('the histogram', () => {
  test('gives any percentile within 2 % of the sorted list', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0.001, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 300 }), fc.double({ min: 0.01, max: 1, noNaN: true }), (values, share) => {
      const histogram = new Histogram()
      for (const value of values) histogram.record(value)
      const exact = values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1]!
      const told = histogram.percentile(share)
      expect(Math.abs(told - exact)).toBeLessThanOrEqual(exact * 0.02 + 0.001)
    }))
  })

  test('is empty at first, takes the impossible as nothing, and never tells more than the largest value', () => {
    const histogram = new Histogram()
    expect(histogram.percentile(0.99)).toBe(0)
    histogram.record(-5)
    expect([histogram.count, histogram.percentile(1)]).toEqual([1, 0])
    histogram.record(1234.567, 10)
    expect(histogram.count).toBe(11)
    expect(histogram.percentile(1)).toBe(1234.567)
    expect(histogram.max).toBe(1234.567)
  })
})

describe('the check of one receiver', () => {
  const receive = (seqs: readonly number[], head: number, from = 0) => {
    const faults = noFaults()
    const check = new ReceiverCheck(from, faults)
    for (const seq of seqs) check.receive(seq)
    check.finish(head)
    return faults
  }

  test('finds nothing in a log that comes whole', () => {
    expect(receive([1, 2, 3], 3)).toEqual(noFaults())
    expect(receive([8, 9], 9, 7)).toEqual(noFaults())
  })

  test('counts what never comes, in the middle and at the end', () => {
    expect(receive([1, 4], 6)).toEqual({ ...noFaults(), lost: 4 })
  })

  test('counts what comes twice, and what was there before it began', () => {
    expect(receive([1, 2, 2, 1], 2)).toEqual({ ...noFaults(), doubled: 2 })
    expect(receive([7], 7, 7)).toEqual({ ...noFaults(), doubled: 1 })
  })

  test('counts what comes late as out of order, not as lost', () => {
    expect(receive([1, 3, 2, 4], 4)).toEqual({ ...noFaults(), reordered: 1 })
  })

  test('says how far everything has come', () => {
    const check = new ReceiverCheck(0, noFaults())
    for (const seq of [1, 2, 5]) check.receive(seq)
    expect(check.cursor).toBe(2)
    check.receive(3)
    check.receive(4)
    expect(check.cursor).toBe(5)
  })

  test('[L3] what a slow reader pulls fills its holes and may overlap what is pushed', () => {
    const faults = noFaults()
    const check = new ReceiverCheck(0, faults)
    for (const seq of [1, 2, 7, 8]) check.receive(seq)
    for (const seq of [3, 4, 5, 6, 7, 8, 9]) check.fill(seq)
    check.receive(9)
    check.receive(10)
    expect([check.cursor, faults]).toEqual([10, noFaults()])
    check.receive(10)
    check.finish(10)
    expect(faults).toEqual({ ...noFaults(), doubled: 1 })
  })

  test('a run counts as its events one by one', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 5 })), { maxLength: 20 }), (runs) => {
      const [together, single] = [noFaults(), noFaults()]
      const [a, b] = [new ReceiverCheck(0, together), new ReceiverCheck(0, single)]
      for (const [first, more] of runs) {
        a.receiveRun(first, first + more)
        for (let seq = first; seq <= first + more; seq++) b.receive(seq)
      }
      a.finish(40)
      b.finish(40)
      expect(together).toEqual(single)
    }))
  })
})

describe('the ledger of a room', () => {
  test('finds receivers who see different ops under one seq', () => {
    const faults = noFaults()
    const ledger = new RoomLedger(10, faults)
    ledger.note(11, 500)
    ledger.note(11, 500)
    ledger.note(12, 501)
    expect(faults).toEqual(noFaults())
    ledger.note(12, 502)
    expect(faults.mixed).toBe(1)
    expect(ledger.head).toBe(12)
  })

  test('finds an op that stands in the log twice', () => {
    const faults = noFaults()
    const ledger = new RoomLedger(0, faults)
    ledger.note(1, 7)
    ledger.note(2, 7)
    ledger.finish()
    expect(faults.doubled).toBe(1)
  })
})
