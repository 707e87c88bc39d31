/** Virtual time: tasks run in order of their due time, then of their making; between two tasks every promise reaction has run. */
export interface VirtualTime {
  /** Ms since the start of the simulation; only ever grows. */
  now(): number
  /** Runs `task` once, `ms` from now; returns what cancels it. */
  after(ms: number, task: () => void): () => void
  /** Resolves `ms` from now, in virtual time. */
  wait(ms: number): Promise<void>
  /** Runs everything that is due within `ms`, and stands `ms` later when it resolves. */
  advance(ms: number): Promise<void>
  /** Runs tasks until `done` says so, at most `ms` long. @returns whether `done` was reached */
  advanceUntil(done: () => boolean, ms: number): Promise<boolean>
  /** Real asynchronous work (a store that commits in an immediate): virtual time stands still until it is done. */
  external<T>(work: Promise<T>): Promise<T>
  /** Tasks run so far. */
  readonly steps: number
}

interface Entry { at: number, order: number, task: (() => void) | undefined }

const before = (a: Entry, b: Entry) => a.at < b.at || (a.at === b.at && a.order < b.order)

/** Binary heap: a world has thousands of timers, most of them cancelled before they are due. */
function createQueue() {
  const heap: Entry[] = []
  const lift = (index: number) => {
    const entry = heap[index]!
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!before(entry, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = entry
  }
  const sink = () => {
    const entry = heap[0]!
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, entry)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = entry
  }
  return {
    push(entry: Entry) {
      heap.push(entry)
      lift(heap.length - 1)
    },
    /** The first entry that was not cancelled. */
    peek(): Entry | undefined {
      while (heap.length > 0 && heap[0]!.task === undefined) this.shift()
      return heap[0]
    },
    shift() {
      const last = heap.pop()
      if (last === undefined || heap.length === 0) return
      heap[0] = last
      sink()
    },
  }
}

/**
 * Resolves when no promise reaction is left to run: Node takes its tick queue up again only after the microtask queue is empty, however
 * long that was. Counting `await`s would guess at the length of a promise chain; an immediate for each task would cost a turn of the
 * event loop, a third of a run's time. What else is really asynchronous must be named by `external`.
 */
const reactionsDone = () => new Promise<void>(resolve => process.nextTick(resolve))

/** A turn of the event loop: real work goes on, and rejections that nobody handled are told. */
const eventLoopTurn = () => new Promise<void>(resolve => setImmediate(resolve))

/** Tasks between two turns of the event loop. */
const turnEvery = 500

export function createVirtualTime(): VirtualTime {
  const queue = createQueue()
  let now = 0
  let order = 0
  let steps = 0
  let outside = 0

  const settled = async () => {
    await reactionsDone()
    while (outside > 0) {
      await eventLoopTurn()
      await reactionsDone()
    }
    if (steps % turnEvery === 0) await eventLoopTurn()
  }

  const runNext = async (until: number): Promise<boolean> => {
    const entry = queue.peek()
    if (!entry || entry.at > until) return false
    queue.shift()
    now = Math.max(now, entry.at)
    const task = entry.task
    entry.task = undefined
    steps++
    task?.()
    await settled()
    return true
  }

  const after = (ms: number, task: () => void) => {
    if (!Number.isFinite(ms)) throw new Error(`a timer of ${ms} ms`)
    const entry: Entry = { at: now + Math.max(0, ms), order: order++, task }
    queue.push(entry)
    return () => {
      entry.task = undefined
    }
  }

  return {
    now: () => now,
    after,
    wait: ms => new Promise(resolve => after(ms, resolve)),
    async advance(ms) {
      const until = now + ms
      await settled()
      while (await runNext(until)) { /* the next one */ }
      await eventLoopTurn()
      now = until
    },
    async advanceUntil(done, ms) {
      const until = now + ms
      await settled()
      while (!done()) {
        if (await runNext(until)) continue
        now = until
        return done()
      }
      return true
    },
    external(work) {
      outside++
      return work.finally(() => {
        outside--
      })
    },
    get steps() { return steps },
  }
}
