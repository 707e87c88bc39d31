import { randomBytes, randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { Clock, Random } from '#parley/server/chat/ports.ts'
import { makeCid } from '#parley/shared/cid.ts'

/** Time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  timer(task, ms) {
    const timer = setTimeout(task, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Randomness of this machine. */
export const systemRandom: Random = {
  next: () => Math.random(),
  id: () => randomUUID(),
  cid: () => makeCid(randomBytes(16), Date.now()),
}
