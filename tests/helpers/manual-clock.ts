import type { Clock } from '#parley/server/chat/ports.ts'

/** Lets everything that is ready run: microtasks, and what they start. Not a sleep: no time passes. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

export interface ManualClock extends Clock {
  /** Passes time: due timers run in order, and all that they start is settled before the next one. */
  advance(ms: number): Promise<void>
  /** Timers that wait. */
  readonly pending: number
}

/** @param start ms since 1970 at which the clock stands */
export function createManualClock(start = Date.UTC(2026, 0, 5, 8)): ManualClock {
  let elapsed = 0
  let nextId = 0
  const timers = new Map<number, { due: number, task: () => void }>()

  const earliest = (until: number) => {
    let first: { id: number, due: number } | undefined
    for (const [id, { due }] of timers) if (due <= until && (!first || due < first.due)) first = { id, due }
    return first
  }

  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    timer(task, ms) {
      const id = nextId++
      timers.set(id, { due: elapsed + ms, task })
      return () => {
        timers.delete(id)
      }
    },
    async advance(ms) {
      const until = elapsed + ms
      await settle()
      for (let next = earliest(until); next; next = earliest(until)) {
        elapsed = Math.max(elapsed, next.due)
        const { task } = timers.get(next.id)!
        timers.delete(next.id)
        task()
        await settle()
      }
      elapsed = until
    },
    get pending() {
      return timers.size
    },
  }
}
