import type { VirtualTime } from '#parley/tests/helpers/sim/virtual-time.ts'

/** One direction of a TCP connection: in order, without loss or doubles while it lives. Trouble delays, stops or cuts it. */
export interface Pipe<T> {
  /**
   * @param bytes what it takes on the line
   * @param weight what it counts for in `buffered`; its bytes by default
   */
  send(item: T, bytes: number, weight?: number): void
  /** Bytes that the sender's machine still holds. */
  readonly buffered: number
  /** A half-open direction: nothing arrives, and nobody is told. What was sent waits, as TCP would send it again. */
  stalled: boolean
  /** The receiving process does not read. */
  unread: boolean
  /** Loses what is under way. */
  clear(): void
  /** Lets what is due through, after `stalled` or `unread` was lifted. */
  wake(): void
  /** The line is no longer slow: what waited for it goes at once, as from any sender's buffer. */
  widen(): void
}

export interface PipeOptions<T> {
  time: VirtualTime
  /** Ms from send to arrival, drawn for each item. */
  latency: () => number
  /** Bytes a millisecond; Infinity when the line is not the limit. */
  rate: () => number
  /** What the sender's kernel takes before bytes show in `buffered`. */
  kernelBytes: number
  deliver: (item: T) => void
}

interface Parcel<T> { item: T, weight: number, arrives: number }

/** Ms in which a backlog arrives once the line is wide again; about the latency of a usual line. */
const drainTime = 50

export function createPipe<T>(options: PipeOptions<T>): Pipe<T> {
  const { time, deliver } = options
  let queue: Parcel<T>[] = []
  let held = 0
  let lineFree = 0
  let lastArrival = 0
  let cancel: (() => void) | undefined
  let clearings = 0

  const pump = () => {
    cancel?.()
    cancel = undefined
    if (pipe.stalled || pipe.unread) return
    // All that is due is one chunk: a reader that pauses at its first frame still gets the rest of the chunk, as from a real socket.
    let due = 0
    while (due < queue.length && queue[due]!.arrives <= time.now()) due++
    const chunk = queue.splice(0, due)
    const clearing = clearings
    for (const parcel of chunk) {
      if (clearings !== clearing) break
      held -= parcel.weight
      deliver(parcel.item)
    }
    schedule()
  }
  const schedule = () => {
    const head = queue[0]
    if (!head || cancel || pipe.stalled || pipe.unread) return
    cancel = time.after(head.arrives - time.now(), pump)
  }

  const pipe: Pipe<T> = {
    send(item, bytes, weight = bytes) {
      lineFree = Math.max(lineFree, time.now()) + bytes / options.rate()
      lastArrival = Math.max(lastArrival, lineFree + options.latency())
      queue.push({ item, weight, arrives: lastArrival })
      held += weight
      schedule()
    },
    get buffered() { return Math.max(0, held - options.kernelBytes) },
    stalled: false,
    unread: false,
    clear() {
      clearings++
      queue = []
      held = 0
      cancel?.()
      cancel = undefined
    },
    wake: schedule,
    widen() {
      const now = time.now()
      lineFree = Math.min(lineFree, now)
      lastArrival = 0
      for (const parcel of queue) {
        parcel.arrives = Math.min(parcel.arrives, Math.max(lastArrival, now + drainTime))
        lastArrival = parcel.arrives
      }
      cancel?.()
      cancel = undefined
      schedule()
    },
  }
  return pipe
}
