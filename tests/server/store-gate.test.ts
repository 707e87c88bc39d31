import { describe, expect, it } from 'vitest'
import { StoreGate } from '#parley/server/chat/store-gate.ts'
import { createManualClock } from '#parley/tests/helpers/manual-clock.ts'

function waiters(gate: StoreGate, count: number) {
  const tried: number[] = []
  const told: string[] = []
  for (let i = 0; i < count; i++) gate.wait({ retry: () => tried.push(i), changed: status => told.push(`${i} ${status}`) }, 'busy')
  return { tried, told }
}

describe('store gate', () => {
  it('[S4] one connection at a time probes a store that refuses, with a growing delay', async () => {
    const clock = createManualClock()
    const gate = new StoreGate(clock)
    gate.refused('busy')
    const { tried } = waiters(gate, 4)
    await clock.advance(99)
    expect(tried).toEqual([])
    await clock.advance(1)
    expect(tried).toEqual([0])
    await clock.advance(200)
    expect(tried).toEqual([0, 1])
    await clock.advance(400)
    expect(tried).toEqual([0, 1, 2])
  })

  it('[S4] the first commit lets all the others go', async () => {
    const clock = createManualClock()
    const gate = new StoreGate(clock)
    gate.refused('full')
    const { tried } = waiters(gate, 3)
    await clock.advance(100)
    gate.passed()
    expect(tried).toEqual([0, 1, 2])
    expect(gate.status).toBe('ok')
    expect(clock.pending).toBe(0)
  })

  it('[S4] who begins to wait just after another\'s write passed is tried all the same', async () => {
    const clock = createManualClock()
    const gate = new StoreGate(clock)
    gate.refused('busy')
    gate.passed()
    const { tried } = waiters(gate, 1)
    await clock.advance(100)
    expect(tried).toEqual([0])
  })

  it('[S4] a change from busy to full is told to those who wait', () => {
    const gate = new StoreGate(createManualClock())
    gate.refused('busy')
    const { told } = waiters(gate, 2)
    gate.refused('full')
    expect(told).toEqual(['0 full', '1 full'])
    gate.dispose()
  })

  it('a probe whose connection is gone does not shut the others out', async () => {
    const clock = createManualClock()
    const gate = new StoreGate(clock)
    gate.refused('busy')
    await clock.advance(100)
    expect(gate.status).toBe('ok')
  })
})
