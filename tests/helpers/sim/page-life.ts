import type { VirtualTime } from '#parley/tests/helpers/sim/virtual-time.ts'

/**
 * The life of one page in a browser: whatever the world brings to it goes through here, so that a frozen page gets nothing until it
 * thaws, a hidden one gets its timers late, and one that is gone gets nothing at all.
 */
export interface PageLife {
  readonly alive: boolean
  readonly frozen: boolean
  /** Runs the task now, or when the page thaws; never once it is gone. */
  deliver(task: () => void): void
  timer(task: () => void, ms: number): () => void
  /** Timers fire only at multiples of this many ms (a hidden tab); 1 = no throttling. */
  throttle: number
  freeze(): void
  thaw(): void
  end(): void
}

export function createPageLife(time: VirtualTime): PageLife {
  let alive = true
  let frozen = false
  let held: (() => void)[] = []
  const life: PageLife = {
    get alive() { return alive },
    get frozen() { return frozen },
    deliver(task) {
      if (!alive) return
      if (frozen) held.push(task)
      else task()
    },
    timer(task, ms) {
      const due = time.now() + Math.max(0, ms)
      const aligned = Math.ceil(due / life.throttle) * life.throttle
      let cancelled = false
      const cancel = time.after(aligned - time.now(), () => life.deliver(() => {
        if (!cancelled) task()
      }))
      return () => {
        cancelled = true
        cancel()
      }
    },
    throttle: 1,
    freeze() {
      frozen = true
    },
    thaw() {
      frozen = false
      const tasks = held
      held = []
      for (const task of tasks) time.after(0, () => life.deliver(task))
    },
    end() {
      alive = false
      held = []
    },
  }
  return life
}
